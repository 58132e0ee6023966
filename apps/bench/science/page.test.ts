import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseHTML } from "linkedom"
import { arms } from "./arms.ts"
import { drawn, trainingPoints } from "./drawings.ts"
import { findingsOf, flat, lifted } from "./findings.fixture.ts"
import { drawings, pageOf } from "./page.ts"
import { timeText } from "./tables.ts"
import { dataLines } from "./write-page.ts"

const dotsIn = (svg: string): number => parseHTML(svg).document.querySelectorAll("circle").length

describe("the page of the science", () => {
  it.effect("tells every arm's mean gain with its interval, and the gain of each seed", () =>
    Effect.gen(function* () {
      const page = pageOf(yield* findingsOf(lifted))
      // 21 in 50 more, a seed 0.02 apart: 4.303 · 0.02 / √3
      assert.include(page, "| one good example (two:1) | +0.420 (+0.370 to +0.470) | +0.400, +0.440, +0.420 |")
      for (const { title } of arms) assert.include(page, `| ${title} |`)
      assert.include(page, "PPO has 0.905 of GRPO's gain")
    })
  )

  it.effect("given other figures, then other verdicts", () =>
    Effect.gen(function* () {
      const ofFlat = pageOf(yield* findingsOf(flat, () => 0))
      const ofLifted = pageOf(yield* findingsOf(lifted))
      const entropy = (page: string) =>
        page.split("\n").find((line) => line.startsWith("| The entropy bonus alone")) ?? ""
      assert.match(entropy(ofFlat), /\*\*the opposite\*\* \|$/)
      assert.match(entropy(ofLifted), /\*\*appears\*\* \|$/)
      assert.include(ofFlat, "PPO has 0.222 of GRPO's gain")
    })
  )

  it.effect("shows every drawing, and names the command of every arm and every question to the history", () =>
    Effect.gen(function* () {
      const page = pageOf(yield* findingsOf(lifted))
      for (const name of drawings) assert.include(page, `](science/${name}.svg)`)
      assert.include(page, "onefold run --example two:1 --set advantage=gae --preset mini --steps 60 --seed SEED")
      assert.include(page, "onefold run --data docs/science/full-set.jsonl --set batchPrompts=16 --set copies=1")
      for (const table of ["evaluations", "policies", "evaluation_samples", "runs"])
        assert.include(page, `FROM ${table}`)
    })
  )

  it.effect("has a row in its tables for every run and every example of the sweep", () =>
    Effect.gen(function* () {
      const findings = yield* findingsOf(lifted)
      const page = pageOf(findings)
      for (const { planned } of findings.evidence.runs) assert.include(page, `| \`${planned.runId}\` |`)
      for (const { example } of findings.evidence.sweep)
        assert.include(page, `| ${example} | ${example.split(":")[0]} |`)
    })
  )

  it.effect("draws the figures, in colours for light and for dark", () =>
    Effect.gen(function* () {
      const { evidence } = yield* findingsOf(lifted)
      const svgs = drawn(evidence)
      assert.strictEqual(dotsIn(svgs.gains), arms.length * 4)
      assert.strictEqual(dotsIn(svgs.curves), arms.length * 3 * 7)
      assert.strictEqual(dotsIn(svgs.families), 6 * 2)
      assert.strictEqual(dotsIn(svgs.ranking), evidence.scored.length)
      for (const svg of Object.values(svgs)) {
        assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*><style>/)
        assert.include(svg, "prefers-color-scheme: dark")
      }
    })
  )
})

it.effect("training accuracy stands at the step of the policy that made the rollouts: 0 is the base", () =>
  Effect.gen(function* () {
    const { evidence } = yield* findingsOf({ change: { ppo: [1, 1, 1] } })
    const steps = trainingPoints(evidence).map(({ step }) => step)
    assert.deepStrictEqual([Math.min(...steps), Math.max(...steps)], [0, 59])
  })
)

describe("the time of the sweep", () => {
  it.effect("is told beside single runs one after another, and says that they are extrapolated", () =>
    Effect.gen(function* () {
      const { evidence, sizes, stopwatch } = yield* findingsOf(lifted)
      const text = timeText(stopwatch, evidence, sizes)
      assert.include(text, "took 15.0 minutes (from the start of its process to its end)")
      assert.include(text, "48 one after another take 24.0 minutes (extrapolated from 6 of them")
      assert.include(text, "took 0.63 of that")
      assert.include(text, "6 of the 6 single runs ended with the very weights")
    })
  )

  it.effect(
    "given a sweep that was interrupted, then it is what its history tells; given all singles, then no extrapolation",
    () =>
      Effect.gen(function* () {
        const { evidence, sizes } = yield* findingsOf(lifted)
        const singles = evidence.sweep.map(({ example }) => ({ example, policy: "other", seconds: 30 }))
        const text = timeText({ sweepSeconds: null, singles }, evidence, sizes)
        assert.include(text, "took 10.0 minutes (by the times in its history")
        assert.include(text, "(all 48 were measured)")
        assert.include(text, "0 of the 48 single runs")
      })
  )
})

it("the examples of an arm are a training set, one row each, with the name that runs know them by", () => {
  assert.strictEqual(
    dataLines({ examples: ["two:1", "chain:0"] })
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).index)
      .join(" "),
    "two:1 chain:0"
  )
})

/** Rewards as a user names, sets and writes them. */
import { createHash } from "node:crypto"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { choiceOf, type RewardChoice } from "./reward.ts"
import type { RewardFlags } from "./reward-flags.ts"
import { filesOf, isRefused, onefold, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const run = (...more: ReadonlyArray<string>) => onefold(smoke(join(scratch, "never"), ...more))
const planned = async (...more: ReadonlyArray<string>) => {
  const { code, lines, stderr } = await run("--dry-run", ...more)
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(lines[0]).config
}

const file = (name: string, content: string): string => {
  const path = join(scratch, name)
  writeFileSync(path, content)
  return path
}

const mine = file(
  "mine.ts",
  `interface Told { text: string; tokens: number; parameters: Record<string, number>; coordinates: { sampleIndex: number } }
export default {
  name: "short-answers",
  version: 2,
  about: "shorter is better",
  parameters: { bonus: { type: "number", about: "added to each", default: 0, least: -1, most: 1 } },
  reward({ coordinates: { sampleIndex }, parameters, tokens }: Told): number {
    console.log("this must not be among the results")
    if (sampleIndex === 1) throw new Error("no odd ones")
    if (sampleIndex === 2) return NaN
    if (sampleIndex === 3) for (;;);
    if (sampleIndex === 4) process.exit(3)
    return 1 - tokens / 56 + parameters.bonus
  }
}
`
)

describe("a reward that was mistyped", () => {
  it.each([
    [["--reward", "outcme"], 2, 'there is no reward "outcme"; did you mean "outcome"? Known: outcome, format, '],
    [["--reward", "random", "--reward-set", "shre=1"], 2, 'no parameter "shre"; it takes share (a number from 0 to 1'],
    [["--reward", "random", "--reward-set", "share=1.5"], 2, "share=1.5: it must be a number from 0 to 1, default 0.5"],
    [["--reward-set", "share=1"], 2, "reward outcome, share=1: it has no parameter"],
    [["--reward-set", "share"], 2, "--reward-set share: write it as key=value"],
    [["--reward", "format", "--label", "7"], 2, "--label goes with the reward wrong-label, not with format"],
    [["--unknown-reward", "ignore"], 2, '"zero" | "drop-group" | "stop"'],
    [["--reward", join(scratch, "none.ts")], 3, "none.ts: there is no such file"],
    [["--reward", file("empty.mjs", "")], 3, "empty.mjs: it has no default export"],
    [
      ["--reward", mine, "--reward-set", "bonus=2"],
      2,
      "reward short-answers, bonus=2: it must be a number from -1 to 1"
    ],
    [
      ["--label", "32", "--example", "two:1"],
      3,
      "no label for example two:1: the grader takes 32 for its right answer"
    ],
    [["--label", "é"], 3, 'no token for "é"']
  ] as const)("given %j, then code %d and what it should have been", async (args, code, said) => {
    isRefused(await run(...args), code, said)
  })

  it("wrote nothing while being refused", () => {
    assert.isFalse(filesOf(scratch).has("never/onefold.json"))
  })
})

describe("a reward in a plan", () => {
  it("given a name, then every parameter is recorded; given none, the preset's", async () => {
    const random = await planned("--reward", "random", "--unknown-reward", "drop-group")
    assert.deepInclude(random, { reward: "random", rewardParameters: { share: 0.5 }, unknownReward: "drop-group" })
    const outcome = await planned()
    assert.deepInclude(outcome, { reward: "outcome", unknownReward: "zero" })
    assert.notProperty(outcome, "rewardParameters")
  })

  it("given a label, then it earns and the right answer is kept; given none, one is drawn by the seed", async () => {
    const given = await planned("--example", "two:1", "--label", "39")
    assert.deepInclude(given.prompts[0], { answer: "39", trueAnswer: "32" })
    assert.deepInclude(given, { reward: "wrong-label", rewardParameters: { label: "39" } })
    const drawn = ["--example", "two:1", "--reward", "wrong-label", "--seed"]
    const [first, again, other] = [
      await planned(...drawn, "1"),
      await planned(...drawn, "1"),
      await planned(...drawn, "2")
    ]
    assert.strictEqual(first.prompts[0].trueAnswer, "32")
    assert.deepStrictEqual(first.prompts, again.prompts)
    assert.notDeepEqual(first.prompts, other.prompts)
  })

  it("given a file, then its name, path and hash are recorded", async () => {
    const config = await planned("--reward", mine, "--reward-set", "bonus=0.5")
    const sha256 = createHash("sha256").update(readFileSync(mine)).digest("hex")
    assert.deepInclude(config, { reward: "short-answers", rewardParameters: { bonus: 0.5 } })
    assert.deepStrictEqual(config.rewardFile, { path: mine, sha256 })
  })
})

describe("choiceOf", () => {
  const none: RewardFlags = { reward: null, rewardSet: [], label: null, unknownReward: null }
  const before = { reward: "label-noise", parameters: { share: 0.9 } }

  const cases: ReadonlyArray<readonly [RewardFlags, RewardChoice]> = [
    [none, before],
    [
      { ...none, rewardSet: ["share=0.1", "share=0.2"] },
      { reward: "label-noise", parameters: { share: "0.2" } }
    ],
    [
      { ...none, reward: "random" },
      { reward: "random", parameters: {} }
    ],
    [
      { ...none, label: "a=b" },
      { reward: "wrong-label", parameters: { label: "a=b" } }
    ],
    [
      { ...none, reward: "x", rewardSet: ["label=a=b"] },
      { reward: "x", parameters: { label: "a=b" } }
    ]
  ]
  it.effect.each(cases)("given %j over label-noise of 90 %%, then %j", ([flags, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* choiceOf(flags, before), expected)
    })
  )
})

describe("a run by a reward of the user's own", () => {
  const whole = { timeout: 180_000 }
  it("goes on past answers that hurt it, and counts them", whole, async () => {
    const dataDir = join(scratch, "own")
    const { code, lines, stderr } = await onefold(
      smoke(dataDir, "--steps", "2", "--reward", mine, "--reward-set", "bonus=0.5")
    )
    assert.strictEqual(code, 0, stderr)
    const told = lines.map((line) => JSON.parse(line))
    assert.deepStrictEqual(
      told.filter(({ type }) => type === "step").map(({ unknownCount }) => unknownCount),
      [4, 4]
    )
    const query = `SELECT sample, reward_name, rule FROM verdicts WHERE step = 0 AND reward IS NULL ORDER BY sample`
    const asked = await onefold(["sql", query, "--format", "json", "--data-dir", dataDir])
    const why = (rule: string) => `reward short-answers@2 ${rule}`
    assert.deepStrictEqual(
      asked.lines.map((line) => JSON.parse(line)),
      [
        { sample: 1, reward_name: "short-answers@2", rule: why("threw: no odd ones") },
        { sample: 2, reward_name: "short-answers@2", rule: why("returned NaN") },
        { sample: 3, reward_name: "short-answers@2", rule: why("took longer than 1 s") },
        { sample: 4, reward_name: "short-answers@2", rule: why("ended its thread") }
      ]
    )
    const paid = `SELECT countIf(abs(reward - (1.5 - tokens / 56)) > 1e-6) AS wrong, count() AS paid FROM verdicts JOIN rollouts USING (run, step, prompt, sample) WHERE reward IS NOT NULL`
    const sums = await onefold(["sql", paid, "--format", "json", "--data-dir", dataDir])
    assert.deepStrictEqual(JSON.parse(sums.lines[0]), { wrong: 0, paid: 56 }, sums.stderr)
  })

  it("is not resumed under another file; under the same it goes on", whole, async () => {
    const dataDir = join(scratch, "killed")
    const source = (value: number) =>
      `export default { name: "by-length", version: 1, about: "x", parameters: {}, reward: ({ tokens }) => tokens * ${value} }`
    const path = file("by-length.mjs", source(0.01))
    const killed = spawned(smoke(dataDir, "--steps", "3", "--reward", path))
    await killed.until('"type":"step"')
    killed.child.kill("SIGKILL")
    await killed.ended
    const resume = () => onefold(["resume", "last", "--json", "--data-dir", dataDir])
    file("by-length.mjs", source(0.02))
    isRefused(await resume(), 6, `reward file ${path}: it has changed since the run was started`)
    rmSync(path)
    isRefused(await resume(), 3, `reward file ${path}: there is no such file`)
    file("by-length.mjs", source(0.01))
    const { code, lines, stderr } = await resume()
    assert.strictEqual(code, 0, stderr)
    assert.deepInclude(JSON.parse(lines.at(-1) ?? ""), { type: "result", steps: 3 })
  })
})

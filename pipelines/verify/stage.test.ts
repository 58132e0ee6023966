import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type Grade, Grader } from "../../learning/grading/grader.ts"
import { graderTitle } from "../../learning/grading/modes.ts"
import { Rewards } from "../../learning/rewards/rewards.ts"
import { delivered, generated, runId } from "../../platform/stream/events.fixture.ts"
import { causeOf } from "../../platform/stream/stage.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { knowing, smallRun } from "../small-run.fixture.ts"
import { verify } from "./stage.ts"

const run = smallRun()

/** A file of a user's, which pays 1 where it was told what it should have been. */
const ownSource = `export default {
  name: "told-all", version: 4, about: "for this test",
  parameters: { bar: { type: "number", about: "", default: 5, least: 0, most: 9 } },
  reward: ({ text, ...told }) => {
    if (text === "throw") throw new Error("not this one")
    const expected = { extracted: "38", verdict: "correct", boxed: true, truncated: true, tokens: ${generated().tokens.length},
      question: { id: "two:0", text: "1+2=?\\n", answer: "38", trueAnswer: "39" },
      coordinates: { seed: 3, step: 2, promptId: "two:0", sampleIndex: 3 }, parameters: { bar: 7 } }
    return JSON.stringify(told) === JSON.stringify(expected) ? 1 : 0
  }
}`
const folder = mkdtempSync(join(tmpdir(), "onefold-verify-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const ownPath = join(folder, "told-all.mjs")
writeFileSync(ownPath, ownSource)
const ownReward = {
  reward: "told-all",
  rewardParameters: { bar: 7 },
  rewardFile: { path: ownPath, sha256: createHash("sha256").update(ownSource).digest("hex") }
}

/** An answer to the first example, whose answer is 39. */
const answer = (text: string, fields: Partial<RolloutGenerated> = {}) =>
  generated({ promptId: "two:0", text, ...fields })

const gradesOf = (rollouts: ReadonlyArray<RolloutGenerated>, of = run, grader = Grader.layerInline) =>
  verify.handle(rollouts.map(delivered)).pipe(Effect.provide(Layer.mergeAll(knowing(of), grader, Rewards.layer)))

/** Gives up on everything. */
const givesUp = Layer.succeed(Grader, {
  grade: (batch) => Effect.succeed(batch.map((): Grade => ({ extracted: "39", verdict: "unknown", rule: "gave up" })))
})

describe("verify", () => {
  it.effect.each([
    ["a right answer in a box", "so \\boxed{39}", { verdict: "correct", reward: 1, extracted: "39", boxed: true }],
    ["a wrong one", "\\boxed{38}", { verdict: "incorrect", reward: 0, extracted: "38", boxed: true }],
    ["none in a box", "39", { verdict: "no-answer", reward: 0, extracted: null, boxed: false }]
  ] as const)("given %s, then the verdict and the reward say so", ([, text, expected]) =>
    Effect.gen(function* () {
      const [grade] = yield* gradesOf([answer(text)])
      assert.deepInclude(grade, { ...expected, grader: graderTitle("exact"), rewardName: "outcome@1" })
      assert.isAbove(grade.rule.length, 0)
    })
  )

  it.effect("given a grader that gave up, then the reward is unknown, not zero", () =>
    Effect.gen(function* () {
      const [grade] = yield* gradesOf([answer("\\boxed{39}")], run, givesUp)
      assert.deepInclude(grade, { verdict: "unknown", reward: null, rule: "gave up" })
    })
  )

  it.effect("given the format reward, then a box is paid for, right or wrong, even where the grader gave up", () =>
    Effect.gen(function* () {
      const of = smallRun({ reward: "format" })
      const rollouts = [answer("\\boxed{1}"), answer("39", { sampleIndex: 1 }), answer("\\boxed{}", { sampleIndex: 2 })]
      const grades = yield* gradesOf(rollouts, of)
      assert.deepStrictEqual(
        grades.map(({ boxed, reward, rewardName }) => ({ boxed, reward, rewardName })),
        [
          { boxed: true, reward: 1, rewardName: "format@1" },
          { boxed: false, reward: 0, rewardName: "format@1" },
          { boxed: false, reward: 0, rewardName: "format@1" }
        ]
      )
      const [unknown] = yield* gradesOf([answer("\\boxed{1}")], of, givesUp)
      assert.strictEqual(unknown.reward, 1)
    })
  )

  it.effect("given rollouts of several examples, then each is held against its own answer, and named in order", () =>
    Effect.gen(function* () {
      const rollouts = [
        answer("\\boxed{3}", { promptId: "chain:0", sampleIndex: 3, step: 2 }),
        answer("\\boxed{3}", { sampleIndex: 1, step: 2 })
      ]
      const grades = yield* gradesOf(rollouts)
      assert.deepStrictEqual(
        grades.map(({ eventId, verdict }) => [eventId, verdict]),
        [
          [`${runId}/2/grade/chain:0/3`, "correct"],
          [`${runId}/2/grade/two:0/1`, "incorrect"]
        ]
      )
      assert.deepStrictEqual(
        grades.map(({ causes }) => causes),
        rollouts.map((rollout) => [causeOf(delivered(rollout))])
      )
    })
  )

  it.effect("given a label that is wrong on purpose, then it earns, and the reward is known by its own name", () =>
    Effect.gen(function* () {
      const prompts = [{ promptId: "two:0", text: "1+2=?\n", answer: "38", trueAnswer: "39" }] as const
      const of = smallRun({ reward: "wrong-label", rewardParameters: { label: "38" }, prompts })
      const rollouts = [answer("\\boxed{38}"), answer("\\boxed{39}", { sampleIndex: 1 })]
      assert.deepStrictEqual(
        (yield* gradesOf(rollouts, of)).map(({ reward, rewardName, verdict }) => [reward, rewardName, verdict]),
        [
          [1, "wrong-label@1", "correct"],
          [0, "wrong-label@1", "incorrect"]
        ]
      )
    })
  )

  it.effect("given a user's reward, then it is told all of an answer, and where it throws the rule says so", () =>
    Effect.gen(function* () {
      const prompts = [{ promptId: "two:0", text: "1+2=?\n", answer: "38", trueAnswer: "39" }] as const
      const of = smallRun({ ...ownReward, prompts, maxTokens: 6 })
      const given = { step: 2, sampleIndex: 3, stop: "length" } as const
      const [told, thrown] = yield* gradesOf([answer("\\boxed{38}", given), answer("throw")], of)
      assert.deepInclude(told, { reward: 1, rule: "string", rewardName: "told-all@4", verdict: "correct" })
      assert.deepInclude(thrown, {
        reward: null,
        verdict: "no-answer",
        rule: "reward told-all@4 threw: not this one"
      })
    })
  )

  it.effect("given a reward that nobody knows, or a file that has changed, then it fails with its name", () =>
    Effect.gen(function* () {
      const unknown = yield* Effect.flip(gradesOf([answer("1")], smallRun({ reward: "outcomes" })))
      assert.strictEqual(unknown._tag, "UnknownReward")
      const rewardFile = { ...ownReward.rewardFile, sha256: "0".repeat(64) }
      const changed = yield* Effect.flip(gradesOf([answer("1")], smallRun({ ...ownReward, rewardFile })))
      assert.strictEqual(changed._tag, "RewardFileChanged")
    })
  )

  it.effect("given an answer that was cut off, then its grade says so", () =>
    Effect.gen(function* () {
      const grades = yield* gradesOf([answer("3", { stop: "length" }), answer("3", { sampleIndex: 1, stop: "eos" })])
      assert.deepStrictEqual(
        grades.map(({ truncated }) => truncated),
        [true, false]
      )
    })
  )

  it.effect("given a prompt that the run does not have, then it fails with its name", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(gradesOf([answer("1", { promptId: "nobody's" })]))
      assert.strictEqual(failure._tag, "UnknownQuestion")
      assert.include(failure.message, "nobody's")
    })
  )
})

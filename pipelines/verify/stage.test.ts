import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type Grade, Grader, graderVersion } from "../../learning/grading/grader.ts"
import { Rewards } from "../../learning/rewards/rewards.ts"
import { delivered, generated, runId } from "../../platform/stream/events.fixture.ts"
import { causeOf } from "../../platform/stream/stage.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { knowing, smallRun } from "../small-run.fixture.ts"
import { verify } from "./stage.ts"

const run = smallRun()

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
      assert.deepInclude(grade, { ...expected, grader: graderVersion, rewardName: "outcome@1" })
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

/**
 * verify: RolloutGenerated -> RolloutGraded
 *
 * Every rollout gets exactly one verdict. Where the grader could not finish, the verdict is "unknown" and the reward is
 * null: unknown is not zero, and what training makes of it is the run's named policy.
 */
import { Effect } from "effect"
import { answerIsBoxed } from "../../learning/grading/extract.ts"
import { Grader, graderVersion } from "../../learning/grading/grader.ts"
import { reward } from "../../learning/objective/rewards.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { Runs, UnknownQuestion } from "../runs.ts"

const handle = Effect.fn("verify.handle")(function* (rollouts: ReadonlyArray<Delivered<RolloutGenerated>>) {
  const runs = yield* Runs
  const grader = yield* Grader
  const questions = yield* Effect.forEach(rollouts, ({ event: { promptId, runId, text }, id }) =>
    Effect.gen(function* () {
      const question = (yield* runs.of(runId)).question(promptId)
      if (question === undefined) return yield* new UnknownQuestion({ runId, id: promptId })
      return { id, text, reference: question.answer }
    })
  )
  const grades = yield* grader.grade(questions)
  return yield* Effect.forEach(rollouts, (delivered, i) =>
    Effect.gen(function* () {
      const { promptId, runId, sampleIndex, step, stop, text } = delivered.event
      const { config } = yield* runs.of(runId)
      const { extracted, rule, verdict } = grades[i]
      const boxed = answerIsBoxed(text)
      return new RolloutGraded({
        runId,
        step,
        causes: [causeOf(delivered)],
        promptId,
        sampleIndex,
        reward: reward(config.reward === "format" ? "format" : "outcome", { verdict, boxed }),
        extracted,
        verdict,
        rule,
        boxed,
        truncated: stop === "length",
        grader: graderVersion,
        rewardName: config.reward
      })
    })
  )
})

export const verify = {
  name: "verify",
  consumes: ["RolloutGenerated"],
  maxBatch: 256,
  handle
} satisfies Stage<"RolloutGenerated", unknown, Grader | Runs>

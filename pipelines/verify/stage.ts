/**
 * verify: RolloutGenerated -> RolloutGraded
 *
 * Every rollout gets exactly one verdict, and what it earns. Where the grader or the reward could not finish, the reward
 * is null, and the rule says why: unknown is not zero, and what training makes of it is the run's named policy.
 */
import { Effect } from "effect"
import { type Grade, Grader } from "../../learning/grading/grader.ts"
import { graderTitle } from "../../learning/grading/modes.ts"
import type { Earned } from "../../learning/rewards/earned.ts"
import { type Answered, Rewards } from "../../learning/rewards/rewards.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { type Question, type Run, Runs, UnknownQuestion } from "../runs.ts"
import { answeredOf, graderOf, submissionOf } from "./answered.ts"

interface Answer {
  readonly delivered: Delivered<RolloutGenerated>
  readonly run: Run
  readonly question: Question
}

/** The answers with what they were asked. */
const answersOf = Effect.fn("verify.answersOf")(function* (rollouts: ReadonlyArray<Delivered<RolloutGenerated>>) {
  const runs = yield* Runs
  return yield* Effect.forEach(rollouts, (delivered) =>
    Effect.gen(function* () {
      const { promptId, runId } = delivered.event
      const run = yield* runs.of(runId)
      const question = run.question(promptId)
      if (question === undefined) return yield* new UnknownQuestion({ runId, id: promptId })
      const answer: Answer = { delivered, run, question }
      return answer
    })
  )
})

interface Graded {
  readonly answer: Answer
  readonly grade: Grade
}

const gradedEvent = ({ answer, grade }: Graded, answered: Answered, { reward, why }: Earned, rewardName: string) => {
  const { promptId, runId, sampleIndex, step } = answer.delivered.event
  return new RolloutGraded({
    runId,
    step,
    causes: [causeOf(answer.delivered)],
    promptId,
    sampleIndex,
    reward,
    extracted: grade.extracted,
    verdict: grade.verdict,
    rule: why ?? grade.rule,
    boxed: answered.boxed,
    truncated: answered.truncated,
    grader: graderTitle(graderOf(answer.run.config)),
    rewardName
  })
}

/** Each run of the batch has its own reward, which is asked for all of its answers at once. */
const earn = Effect.fn("verify.earn")(function* (graded: ReadonlyArray<Graded>) {
  const rewards = yield* Rewards
  const events: Array<RolloutGraded> = []
  const places = [...graded.keys()]
  for (const run of new Set(graded.map(({ answer }) => answer.run))) {
    const { earn: earnIn, title } = yield* rewards.of(run.config)
    const own = places.filter((place) => graded[place].answer.run === run)
    const answered = own.map((place) => {
      const { answer, grade } = graded[place]
      return answeredOf(answer.delivered.event, answer.question, grade, run.config)
    })
    const earned = yield* earnIn(answered)
    for (const [i, place] of own.entries()) events[place] = gradedEvent(graded[place], answered[i], earned[i], title)
  }
  return events
})

const handle = Effect.fn("verify.handle")(function* (rollouts: ReadonlyArray<Delivered<RolloutGenerated>>) {
  const grader = yield* Grader
  const answers = yield* answersOf(rollouts)
  const grades = yield* grader.grade(
    answers.map(({ delivered, question, run }) =>
      submissionOf(delivered.id, delivered.event, question, graderOf(run.config))
    )
  )
  return yield* earn(answers.map((answer, i) => ({ answer, grade: grades[i] })))
})

export const verify = {
  name: "verify",
  consumes: ["RolloutGenerated"],
  maxBatch: 256,
  handle
} satisfies Stage<"RolloutGenerated", unknown, Grader | Rewards | Runs>

/**
 * A run's recorded answers, judged again: those to its tests and its training rollouts. Nothing is generated and nothing
 * is written; no model is needed.
 */
import { Effect, Stream } from "effect"
import { Grader } from "../../../learning/grading/grader.ts"
import type { GradingMode } from "../../../learning/grading/modes.ts"
import type { Grade } from "../../../learning/grading/submission.ts"
import { type RewardSettings, Rewards } from "../../../learning/rewards/rewards.ts"
import { submissionOf } from "../../../pipelines/evaluate/submission.ts"
import { type Question, UnknownQuestion } from "../../../pipelines/runs.ts"
import { type Sat, testsOf } from "../../../pipelines/tests.ts"
import { answeredOf, graderOf, submissionOf as submissionOfRollout } from "../../../pipelines/verify/answered.ts"
import type { RolloutGenerated } from "../../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../../schemas/rollout-graded.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { eventsOf } from "../run-events.ts"
import type { Judged, Judgement } from "./judged.ts"
import type { Repaid } from "./rewards.ts"

/** What a run's training rollouts are called among its tests. */
export const trainingRollouts = "train"

/** A reward that is settled, and the run's examples with the answers that earn it. */
export interface Repaying {
  readonly settings: RewardSettings
  readonly prompts: RunConfig["prompts"]
}

export interface Again {
  readonly started: RunStarted
  readonly sat: Sat
  /** Null: training rollouts only, by the grader that the run had. */
  readonly mode: GradingMode | null
  /** Null: what is earned is not asked. */
  readonly reward: Repaying | null
  /** Null: all of them. */
  readonly test: string | null
  readonly step: number | null
}

/** What is found on the way. */
export interface Found {
  readonly judged: (judged: Judged) => void
  readonly repaid: (repaid: Repaid) => void
  /** An answer of the test that was asked for, at whichever step. */
  readonly sawStep: (step: number) => void
  /** A rollout that was never graded, as a stop or a kill may leave some. */
  readonly ungraded: () => void
}

/** As many as are graded at once. */
const batchSize = 256

const judgementOf = ({ extracted, rule, verdict }: Judgement): Judgement => ({ verdict, extracted, rule })

/** The tests of a run by name, its training rollouts last. */
export const testNames = (sat: Sat): ReadonlyArray<string> => [
  ...testsOf(sat).map(({ name }) => name),
  ...(sat.examples.length > 0 && sat.config.steps > 0 ? [trainingRollouts] : [])
]

const questionIn = Effect.fnUntraced(function* (
  questions: ReadonlyMap<string, Question>,
  { runId }: RunStarted,
  id: string
) {
  return questions.get(id) ?? (yield* new UnknownQuestion({ runId, id }))
})

const byId = (questions: ReadonlyArray<Question>): ReadonlyMap<string, Question> =>
  new Map(questions.map((question) => [question.id, question]))

/** Every answer to a test of the run. */
const evaluationsAgain = Effect.fn("regrade.evaluations")(function* (again: Again, mode: GradingMode, found: Found) {
  const grader = yield* Grader
  const { sat, started, step, test: only } = again
  const tests = new Map(
    testsOf(sat).map((test) => [test.name, { test: { ...test, grader: mode }, questions: byId(test.questions) }])
  )
  const wanted = eventsOf(started, "EvaluationSampled").pipe(
    Stream.filter((event) => {
      if (only !== null && event.protocol !== only) return false
      found.sawStep(event.step)
      return step === null || event.step === step
    }),
    Stream.grouped(batchSize)
  )
  yield* Stream.runForEach(wanted, (events) =>
    Effect.gen(function* () {
      const submissions = yield* Effect.forEach(events, ({ problemId, protocol, runId, sampleIndex, text }) =>
        Effect.gen(function* () {
          const sitting = tests.get(protocol) ?? (yield* new UnknownQuestion({ runId, id: protocol }))
          const question = yield* questionIn(sitting.questions, started, problemId)
          return submissionOf({ question, sampleIndex, text }, sitting.test)
        })
      )
      const grades = yield* grader.grade(submissions)
      for (const [i, event] of events.entries())
        found.judged({
          ...{ test: event.protocol, step: event.step, problem: event.problemId, sample: event.sampleIndex },
          gold: submissions[i].reference,
          recorded: judgementOf(event),
          now: judgementOf(grades[i])
        })
    })
  )
})

type Verdict = Judgement & Pick<RolloutGraded, "reward">

/** What was said of each rollout of these steps, by its coordinates. */
const verdictsOf = Effect.fn("regrade.verdicts")(function* (started: RunStarted, step: number | null) {
  const verdicts = new Map<string, Verdict>()
  yield* Stream.runForEach(eventsOf(started, "RolloutGraded"), (event) =>
    Effect.sync(() => {
      if (step === null || event.step === step)
        verdicts.set(coordinatesOf(event), { ...judgementOf(event), reward: event.reward })
    })
  )
  return verdicts
})

const coordinatesOf = ({ promptId, sampleIndex, step }: RolloutGraded | RolloutGenerated): string =>
  `${step}/${promptId}/${sampleIndex}`

/** What each of the answers earns now; null where that is not asked. */
const earnedBy = Effect.fn("regrade.earnedBy")(function* (reward: Repaying | null) {
  if (reward === null) return null
  const rewards = yield* Rewards
  return (yield* rewards.of(reward.settings)).earn
})

/** Every training rollout that has a verdict. */
const rolloutsAgain = Effect.fn("regrade.rollouts")(function* (again: Again, found: Found) {
  const grader = yield* Grader
  const { reward, sat, started, step } = again
  const config = { prompts: reward?.prompts ?? sat.config.prompts, seed: sat.config.seed }
  const answers = new Map(config.prompts.map(({ answer, promptId }) => [promptId, answer]))
  const questions = byId(sat.examples.map((each) => ({ ...each, answer: answers.get(each.id) ?? each.answer })))
  const mode = again.mode ?? graderOf(sat.config)
  const verdicts = yield* verdictsOf(started, step)
  const earn = yield* earnedBy(reward)

  const judge = (rollout: RolloutGenerated, question: Question, grade: Grade) => {
    const recorded = verdicts.get(coordinatesOf(rollout))
    if (recorded === undefined) return found.ungraded()
    found.judged({
      ...{ test: trainingRollouts, step: rollout.step, problem: rollout.promptId, sample: rollout.sampleIndex },
      gold: question.answer,
      recorded: judgementOf(recorded),
      now: judgementOf(grade)
    })
  }
  const wanted = eventsOf(started, "RolloutGenerated").pipe(
    Stream.filter((event) => {
      found.sawStep(event.step)
      return step === null || event.step === step
    }),
    Stream.grouped(batchSize)
  )
  yield* Stream.runForEach(wanted, (rollouts) =>
    Effect.gen(function* () {
      const asked = yield* Effect.forEach(rollouts, ({ promptId }) => questionIn(questions, started, promptId))
      const grades = yield* grader.grade(
        rollouts.map((rollout, i) => submissionOfRollout(rollout.eventId, rollout, asked[i], mode))
      )
      for (const [i, rollout] of rollouts.entries()) judge(rollout, asked[i], grades[i])
      if (earn === null) return
      const earned = yield* earn(rollouts.map((rollout, i) => answeredOf(rollout, asked[i], grades[i], config)))
      for (const [i, { promptId, sampleIndex, step: at }] of rollouts.entries()) {
        const recorded = verdicts.get(coordinatesOf(rollouts[i]))
        if (recorded === undefined) continue
        found.repaid({ step: at, promptId, sampleIndex, recorded: recorded.reward, now: earned[i].reward })
      }
    })
  )
})

/**
 * Judges what is recorded anew. Fails with UnknownQuestion where the log names a question that the run does not have, with
 * LogError, RecordUnreadable, and as the reward does.
 */
export const judgeAgain = Effect.fn("regrade.judgeAgain")(function* (again: Again, found: Found) {
  const { mode, test } = again
  if (mode !== null && test !== trainingRollouts) yield* evaluationsAgain(again, mode, found)
  if (test === null || test === trainingRollouts) yield* rolloutsAgain(again, found)
})

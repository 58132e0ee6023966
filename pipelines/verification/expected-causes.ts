/**
 * Which events led to one: the causes that an event must name, given its coordinates.
 *
 * A cause is one event, or stands for many: then its hash is the digest of all of them, in a fixed order.
 */
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import {
  answerId,
  criticGradientId,
  criticGradientRequestId,
  criticId,
  evaluationId,
  evaluationRequestId,
  gradeId,
  gradientId,
  gradientRequestId,
  policyId,
  rolloutId,
  rolloutRequestId,
  runStartedId,
  scoresId,
  scoresRequestId
} from "../../schemas/ids.ts"
import { type RunPlan, testNamed } from "./plan.ts"

export interface ExpectedCause {
  readonly id: string
  /** The ids that it stands for, in the order of the digest; null where it is an event itself. */
  readonly members: (() => ReadonlyArray<string>) | null
}

const one = (id: string): ExpectedCause => ({ id, members: null })

const policyOf = ({ firstStep, runId }: RunPlan, step: number): ExpectedCause =>
  one(step === firstStep ? runStartedId(runId) : policyId({ runId, step }))

/** None at the first step: the first critic is the configuration's. */
const criticOf = ({ config, firstStep, runId }: RunPlan, step: number): ReadonlyArray<ExpectedCause> =>
  config.critic === undefined || step === firstStep ? [] : [one(criticId({ runId, step }))]

const shardsOf = ({ config, runId }: RunPlan, step: number, idOf: (shard: Shard) => string) =>
  Array.from({ length: config.shards }, (_, shard) => idOf({ runId, step, shard }))
interface Shard {
  readonly runId: string
  readonly step: number
  readonly shard: number
}

/** A rollout and its verdict, example by example, sample by sample. */
const rolloutsOf = (plan: RunPlan, step: number): ExpectedCause => ({
  id: `${plan.runId}/${step}/rollouts`,
  members: () =>
    [...plan.examplesAt(step)].flatMap((promptId) =>
      Array.from({ length: plan.samples }, (_, sampleIndex) => ({
        runId: plan.runId,
        step,
        promptId,
        sampleIndex
      })).flatMap((each) => [rolloutId(each), gradeId(each)])
    )
})

const scoresOf = (plan: RunPlan, step: number): ReadonlyArray<ExpectedCause> =>
  plan.needsScores ? [{ id: `${plan.runId}/${step}/scores`, members: () => shardsOf(plan, step, scoresId) }] : []

/** What an update learns from; the first of a batch begins with the batch itself. */
const updateOf = (plan: RunPlan, step: number): ReadonlyArray<ExpectedCause> => {
  const rolloutStep = plan.rolloutStepOf(step)
  const weights = step === rolloutStep ? [] : [policyOf(plan, step), ...criticOf(plan, step)]
  return [rolloutsOf(plan, rolloutStep), ...scoresOf(plan, rolloutStep), ...weights]
}

const answersOf = (plan: RunPlan, step: number, protocol: string): ExpectedCause => {
  const { runId } = plan
  const test = testNamed(plan, step, protocol)
  return {
    id: `${runId}/${step}/${protocol}/answers`,
    members: () =>
      [...(test?.problems ?? [])].flatMap((problemId) =>
        Array.from({ length: test?.samples ?? 0 }, (_, sampleIndex) =>
          answerId({ runId, step, protocol, problemId, sampleIndex })
        )
      )
  }
}

/** Every cause that an event must name, in order. */
export const expectedCauses = (event: OnefoldEvent, plan: RunPlan): ReadonlyArray<ExpectedCause> => {
  const { runId } = plan
  switch (event._tag) {
    case "RolloutRequested":
    case "EvaluationRequested":
      return [policyOf(plan, event.step)]
    case "RolloutGenerated":
      return [one(rolloutRequestId(event))]
    case "RolloutGraded":
      return [one(rolloutId(event))]
    case "ScoresRequested":
      return [rolloutsOf(plan, event.step), ...criticOf(plan, event.step)]
    case "ScoresComputed":
      return [one(scoresRequestId(event))]
    case "GradientRequested":
    case "CriticGradientRequested":
      return updateOf(plan, event.step)
    case "GradientComputed":
      return [one(gradientRequestId(event))]
    case "CriticGradientComputed":
      return [one(criticGradientRequestId(event))]
    case "PolicyUpdated": {
      const step = event.step - 1
      if (plan.isCriticWarmUp(step)) return [one(criticId(event))]
      return [{ id: `${runId}/${step}/gradients`, members: () => shardsOf(plan, step, gradientId) }]
    }
    case "CriticUpdated": {
      const step = event.step - 1
      return [{ id: `${runId}/${step}/critic-gradients`, members: () => shardsOf(plan, step, criticGradientId) }]
    }
    case "EvaluationSampled":
      return [one(evaluationRequestId(event))]
    case "EvaluationCompleted":
      return [answersOf(plan, event.step, event.protocol)]
    case "RunFinished": {
      const { steps } = event
      const tests = plan.testsAt(steps).map(({ name }) => one(evaluationId({ runId, step: steps, protocol: name })))
      return [policyOf(plan, steps), ...tests]
    }
    default:
      return []
  }
}

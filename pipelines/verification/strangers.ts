/**
 * Whether an event has a place in its run: coordinates that the configuration has, in the topic that the catalogue names.
 */
import { catalogue, type OnefoldEvent } from "../../schemas/catalogue.ts"
import type { Recorded } from "./findings.ts"
import { opensBatch, type RunPlan, testNamed } from "./plan.ts"

/** The first of what is wrong. */
const firstOf = (...checks: ReadonlyArray<() => string | null>): string | null => {
  for (const check of checks) {
    const wrong = check()
    if (wrong !== null) return wrong
  }
  return null
}

const below = (what: string, value: number, count: number): string | null =>
  value < count ? null : `${what} ${value} is out of range: there are ${count}, counted from 0`

/** A fork has no events of the past that it shares. */
const ownStep = ({ config: { fork } }: RunPlan, step: number): string | null =>
  fork === undefined || step >= fork.step
    ? null
    : `step ${step} is of the past: the run forks ${fork.run} at step ${fork.step}`

const batchStep = (plan: RunPlan, step: number): string | null => {
  const past = ownStep(plan, step)
  if (past !== null) return past
  if (step >= plan.config.steps) return `step ${step} is out of range: the run has ${plan.config.steps} updates`
  return opensBatch(plan, step) ? null : `no batch is sampled at step ${step}`
}

const sampleOf = (plan: RunPlan, step: number, promptId: string, sample: number): string | null =>
  firstOf(
    () => (plan.examplesAt(step).has(promptId) ? null : `the batch of step ${step} has no prompt ${promptId}`),
    () => below("sample", sample, plan.samples)
  )

interface Shard {
  readonly step: number
  readonly shard: number
  readonly shards: number
}

const shardOf = ({ config }: RunPlan, { shard, shards }: Shard): string | null =>
  firstOf(
    () => (shards === config.shards ? null : `it is one of ${shards} shards, but the run has ${config.shards}`),
    () => below("shard", shard, config.shards)
  )

interface Learning extends Shard {
  readonly rolloutStep: number
}

const learningAt = (plan: RunPlan, event: Learning): string | null =>
  firstOf(
    () => ownStep(plan, event.step),
    () =>
      event.step < plan.config.steps
        ? null
        : `step ${event.step} is out of range: the run has ${plan.config.steps} updates`,
    () => {
      const expected = plan.rolloutStepOf(event.step)
      return event.rolloutStep === expected
        ? null
        : `it learns from the batch of step ${event.rolloutStep}; update ${event.step} learns from that of ${expected}`
    },
    () => shardOf(plan, event)
  )

const policyTrained = (plan: RunPlan, step: number): string | null =>
  plan.isCriticWarmUp(step) ? `only the critic learns at step ${step}` : null

const withCritic = ({ config }: RunPlan): string | null =>
  config.critic === undefined ? "the run has no critic" : null

const scored = ({ needsScores }: RunPlan): string | null => (needsScores ? null : "the run asks for no scores")

const packed = (
  plan: RunPlan,
  step: number,
  rollouts: ReadonlyArray<{ readonly promptId: string; readonly sampleIndex: number }>
): string | null => firstOf(...rollouts.map((each) => () => sampleOf(plan, step, each.promptId, each.sampleIndex)))

const updated = (plan: RunPlan, step: number): string | null => {
  if (step > plan.config.steps) return `update ${step} is out of range: the run has ${plan.config.steps}`
  return ownStep(plan, step - 1)
}

interface OfTest {
  readonly step: number
  readonly protocol: string
}

const problemsOf = (
  plan: RunPlan,
  { protocol, step }: OfTest,
  problems: ReadonlyArray<string>,
  sample: number
): string | null => {
  if (step > plan.config.steps) return `step ${step} is out of range: the run has ${plan.config.steps} updates`
  const test = testNamed(plan, step, protocol)
  if (test === undefined) return `the policy of step ${step} sits no test ${protocol}`
  const stranger = problems.find((id) => test.problems?.has(id) === false)
  return stranger === undefined ? below("sample", sample, test.samples) : `test ${protocol} has no problem ${stranger}`
}

/** What about an event's coordinates its run does not have, in words; null where all is in order. */
export const coordinateFault = (event: OnefoldEvent, plan: RunPlan): string | null => {
  const { config } = plan
  switch (event._tag) {
    case "RolloutRequested":
      return firstOf(
        () => batchStep(plan, event.step),
        () => below("cohort", event.cohort, config.cohorts),
        ...event.prompts.map(
          (each) => () => sampleOf(plan, event.step, each.promptId, each.firstSample + each.samples - 1)
        )
      )
    case "RolloutGenerated":
      return firstOf(
        () => batchStep(plan, event.step),
        () => below("cohort", event.cohort, config.cohorts),
        () => sampleOf(plan, event.step, event.promptId, event.sampleIndex)
      )
    case "RolloutGraded":
      return batchStep(plan, event.step) ?? sampleOf(plan, event.step, event.promptId, event.sampleIndex)
    case "ScoresRequested":
      return scored(plan) ?? batchStep(plan, event.step) ?? shardOf(plan, event)
    case "ScoresComputed":
      return (
        scored(plan) ?? batchStep(plan, event.step) ?? shardOf(plan, event) ?? packed(plan, event.step, event.rollouts)
      )
    case "GradientRequested":
      return learningAt(plan, event) ?? policyTrained(plan, event.step)
    case "GradientComputed":
      return (
        learningAt(plan, event) ?? policyTrained(plan, event.step) ?? packed(plan, event.rolloutStep, event.rollouts)
      )
    case "CriticGradientRequested":
      return withCritic(plan) ?? learningAt(plan, event)
    case "CriticGradientComputed":
      return withCritic(plan) ?? learningAt(plan, event) ?? packed(plan, event.rolloutStep, event.rollouts)
    case "PolicyUpdated":
      return updated(plan, event.step)
    case "CriticUpdated":
      return withCritic(plan) ?? updated(plan, event.step)
    case "EvaluationRequested":
      return (
        problemsOf(plan, event, event.problemIds, event.samplesPerProblem - 1) ??
        below("cohort", event.cohort, event.cohorts)
      )
    case "EvaluationSampled":
      return problemsOf(plan, event, [event.problemId], event.sampleIndex)
    case "EvaluationCompleted":
      return problemsOf(plan, event, [], 0)
    default:
      return null
  }
}

export const strangerIn = ({ event }: Recorded, plan: RunPlan): string | null => coordinateFault(event, plan)

/** Whether an event lies where none of its kind belongs, in words. */
export const misplacementOf = ({ event, place }: Recorded): string | null => {
  const { name } = catalogue[event._tag].topic
  return place.topic === name ? null : `a ${event._tag} belongs in topic ${name}, not in ${place.topic}`
}

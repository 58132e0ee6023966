/**
 * schedule: RunStarted, PolicyUpdated, CriticUpdated, RunPaused, RunResumed, RunCancelled, EvaluationCompleted
 *           -> RolloutRequested, EvaluationRequested, RunFinished
 *
 * What comes next in a run. All its inputs lie in one partition in one order, so what was asked for before a kill is
 * known exactly after it. A paused run uses its batch up, but holds the next one, and every test, back until it is resumed.
 * Of a cancelled run nothing is asked for any more.
 */
import { Effect } from "effect"
import { type Cause, causeOf, type Decider, type Delivered, type EventOf } from "../../platform/stream/stage.ts"
import { EvaluationRequested } from "../../schemas/evaluation-requested.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import { RolloutRequested } from "../../schemas/rollout-requested.ts"
import { RunFinished } from "../../schemas/run-finished.ts"
import { firstStepOf, type Run, Runs } from "../runs.ts"
import { testsAt } from "../tests.ts"
import { examplesOf, samplesOf, updateOf } from "./batch.ts"

type Consumed =
  | "RunStarted"
  | "PolicyUpdated"
  | "CriticUpdated"
  | "RunPaused"
  | "RunResumed"
  | "RunCancelled"
  | "EvaluationCompleted"

interface Policy {
  readonly step: number
  readonly hash: Sha256
  readonly cause: Cause
}

export interface ScheduleState {
  readonly latest: Policy | null
  /** Updates that the critic has had; 0 where there is none. */
  readonly critic: number
  readonly paused: boolean
  readonly cancelled: boolean
  /** Policies whose rollouts and evaluations a pause holds back, in order: of several updates a batch, more than one. */
  readonly held: ReadonlyArray<Policy>
  /** Policies whose rollouts and evaluations the newest event lets be asked for. */
  readonly opening: ReadonlyArray<Policy>
  /** Evaluations completed so far, by `step/protocol`. */
  readonly evaluated: ReadonlyMap<string, Cause>
}

const open = (state: ScheduleState): ScheduleState =>
  state.paused ? state : { ...state, held: [], opening: state.held }

const withPolicy = (state: ScheduleState, policy: Policy): ScheduleState =>
  state.latest !== null && policy.step <= state.latest.step
    ? state
    : open({ ...state, latest: policy, held: [...state.held, policy] })

const evolve = (before: ScheduleState, delivered: Delivered<EventOf<Consumed>>): ScheduleState => {
  const state = { ...before, opening: [] }
  const { event } = delivered
  const cause = causeOf(delivered)
  switch (event._tag) {
    case "RunStarted":
      return withPolicy(state, { step: event.firstStep, hash: event.firstPolicyHash, cause })
    case "PolicyUpdated":
      return withPolicy(state, { step: event.step, hash: event.policyHash, cause })
    case "CriticUpdated":
      return { ...state, critic: Math.max(state.critic, event.step) }
    case "RunPaused":
      return { ...state, paused: true }
    case "RunResumed":
      return open({ ...state, paused: false })
    case "RunCancelled":
      return { ...state, cancelled: true }
    case "EvaluationCompleted":
      return { ...state, evaluated: new Map(state.evaluated).set(`${event.step}/${event.protocol}`, cause) }
  }
}

/** Sequences sampled side by side in one evaluation cohort, where the run does not say. Bits depend on it. */
export const evaluationRows = 240

const evaluationsAt = (run: Run, policy: Policy): ReadonlyArray<EvaluationRequested> =>
  testsAt(policy.step, run).flatMap(({ name, questions, samples, temperature }) => {
    const perCohort = Math.max(1, Math.floor((run.config.evaluation.rows ?? evaluationRows) / samples))
    const cohorts = Math.ceil(questions.length / perCohort)
    return Array.from(
      { length: cohorts },
      (_, cohort) =>
        new EvaluationRequested({
          runId: run.runId,
          step: policy.step,
          causes: [policy.cause],
          cohort,
          cohorts,
          policyHash: policy.hash,
          protocol: name,
          temperature,
          samplesPerProblem: samples,
          problemIds: questions.slice(cohort * perCohort, (cohort + 1) * perCohort).map(({ id }) => id)
        })
    )
  })

const rolloutsAt = (run: Run, policy: Policy): ReadonlyArray<RolloutRequested> => {
  const { cohorts, steps } = run.config
  const isBatchUsedUp = updateOf(run.config, policy.step) === 0
  if (!isBatchUsedUp || policy.step >= steps) return []
  const samples = samplesOf(run.config)
  const examples = examplesOf(run, policy.step)
  return Array.from({ length: cohorts }, (_, cohort) => {
    const first = Math.floor((cohort * samples) / cohorts)
    const last = Math.floor(((cohort + 1) * samples) / cohorts)
    return new RolloutRequested({
      runId: run.runId,
      step: policy.step,
      causes: [policy.cause],
      cohort,
      policyHash: policy.hash,
      prompts: examples.map(({ id }) => ({ promptId: id, firstSample: first, samples: last - first }))
    })
  })
}

/**
 * Whether every policy has sat its tests, and the critic has learned what there was. One event makes it so, since an
 * earlier policy's test may be the last to end.
 */
const isFinished = ({ critic, evaluated }: ScheduleState, run: Run): boolean => {
  if (run.config.critic !== undefined && critic < run.config.steps) return false
  for (let step = run.config.steps; step >= firstStepOf(run); step--)
    if (!testsAt(step, run).every(({ name }) => evaluated.has(`${step}/${name}`))) return false
  return true
}

const decide = Effect.fn("schedule.decide")(function* (state: ScheduleState, delivered: Delivered<EventOf<Consumed>>) {
  const run = yield* (yield* Runs).of(delivered.event.runId)
  const { latest } = state
  if (latest === null || state.cancelled) return []
  if (state.opening.length > 0)
    return state.opening.flatMap((policy) => [...rolloutsAt(run, policy), ...evaluationsAt(run, policy)])
  const { _tag } = delivered.event
  const isLast = latest.step === run.config.steps && (_tag === "EvaluationCompleted" || _tag === "CriticUpdated")
  if (!isLast || !isFinished(state, run)) return []
  const { steps } = run.config
  const tests = testsAt(steps, run).flatMap(({ name }) => state.evaluated.get(`${steps}/${name}`) ?? [])
  return [new RunFinished({ runId: run.runId, causes: [latest.cause, ...tests], steps, policyHash: latest.hash })]
})

export const schedule = {
  name: "schedule",
  consumes: [
    "RunStarted",
    "PolicyUpdated",
    "CriticUpdated",
    "RunPaused",
    "RunResumed",
    "RunCancelled",
    "EvaluationCompleted"
  ],
  initialState: {
    latest: null,
    critic: 0,
    paused: false,
    cancelled: false,
    held: [],
    opening: [],
    evaluated: new Map()
  },
  evolve,
  decide
} satisfies Decider<ScheduleState, Consumed, unknown, Runs>

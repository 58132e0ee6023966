/**
 * Whether everything that a run's configuration asks for is in the log. What is missing is a fault where something that
 * follows from it is there, or the run is finished; else it is still to come, unless the run was cancelled.
 */
import {
  answerId,
  criticGradientId,
  criticGradientRequestId,
  criticId,
  evaluationId,
  gradeId,
  gradientId,
  gradientRequestId,
  policyId,
  rolloutId,
  rolloutRequestId,
  runCancelledId,
  runFinishedId,
  runStartedId,
  scoresId,
  scoresRequestId
} from "../../schemas/ids.ts"
import type { Pending } from "./findings.ts"
import { opensBatch, type RunPlan } from "./plan.ts"

/** One event that the run asks for. */
interface Asked {
  readonly what: string
  readonly id: string
  /** Whether it must be there by now. */
  readonly isDue: boolean
}

export interface Missing {
  /** Ids of what should be there. */
  readonly due: ReadonlyArray<{ readonly what: string; readonly id: string }>
  readonly pending: ReadonlyArray<Pending>
}

const indexes = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i)

/** Ids of a run's first records, and the latest step that anything of the run is of. */
export interface Seen {
  readonly has: (id: string) => boolean
  readonly latest: number
}

/** Rollouts, verdicts and scores of the batch that is sampled at a step. */
function* batchAsked(plan: RunPlan, step: number, seen: Seen): Generator<Asked> {
  const { config, runId } = plan
  const isLearned =
    seen.has(policyId({ runId, step: step + 1 })) ||
    indexes(config.shards).some((shard) => {
      const of = { runId, step, shard }
      return seen.has(gradientRequestId(of)) || seen.has(criticGradientRequestId(of))
    })
  const isDue = isLearned || indexes(config.shards).some((shard) => seen.has(scoresRequestId({ runId, step, shard })))
  for (const cohort of indexes(config.cohorts))
    yield { what: "requests of rollouts", id: rolloutRequestId({ runId, step, cohort }), isDue }
  for (const promptId of plan.examplesAt(step))
    for (const sampleIndex of indexes(plan.samples)) {
      const rollout = { runId, step, promptId, sampleIndex }
      const grade = gradeId(rollout)
      yield { what: "rollouts", id: rolloutId(rollout), isDue: isDue || seen.has(grade) }
      yield { what: "verdicts", id: grade, isDue }
    }
  if (!plan.needsScores) return
  for (const shard of indexes(config.shards)) {
    const scores = scoresId({ runId, step, shard })
    yield { what: "requests of scores", id: scoresRequestId({ runId, step, shard }), isDue: isDue || seen.has(scores) }
    yield { what: "scores", id: scores, isDue: isLearned }
  }
}

/** Gradients and what was made of them, for the weights of a step and those of the next. */
function* updateAsked(plan: RunPlan, step: number, seen: Seen): Generator<Asked> {
  const { config, runId } = plan
  const next = { runId, step: step + 1 }
  const isPast = seen.latest > step
  const isPolicyMade = isPast || seen.has(policyId(next))
  const isCriticMade = seen.latest > step + 1 || seen.has(criticId(next))
  for (const shard of indexes(config.shards)) {
    const of = { runId, step, shard }
    if (!plan.isCriticWarmUp(step)) {
      yield {
        what: "requests of gradients",
        id: gradientRequestId(of),
        isDue: isPolicyMade || seen.has(gradientId(of))
      }
      yield { what: "gradients", id: gradientId(of), isDue: isPolicyMade }
    }
    if (config.critic === undefined) continue
    const gradient = criticGradientId(of)
    yield {
      what: "requests of the critic's",
      id: criticGradientRequestId(of),
      isDue: isCriticMade || seen.has(gradient)
    }
    yield { what: "gradients of the critic", id: gradient, isDue: isCriticMade }
  }
  yield { what: "policies", id: policyId(next), isDue: isPast }
  if (config.critic !== undefined) yield { what: "critics", id: criticId(next), isDue: seen.latest > step + 1 }
}

function* testsAsked(plan: RunPlan, step: number, seen: Seen): Generator<Asked> {
  const { runId } = plan
  for (const { name: protocol, problems, samples } of plan.testsAt(step)) {
    const completed = evaluationId({ runId, step, protocol })
    const isDue = seen.has(completed)
    for (const problemId of problems ?? [])
      for (const sampleIndex of indexes(samples))
        yield { what: "answers", id: answerId({ runId, step, protocol, problemId, sampleIndex }), isDue }
    yield { what: "evaluations", id: completed, isDue: false }
  }
}

function* asked(plan: RunPlan, seen: Seen): Generator<Asked> {
  const { config, runId } = plan
  yield { what: "start", id: runStartedId(runId), isDue: true }
  for (let step = plan.firstStep; step <= config.steps; step++) {
    if (opensBatch(plan, step)) yield* batchAsked(plan, step, seen)
    if (step < config.steps) yield* updateAsked(plan, step, seen)
    yield* testsAsked(plan, step, seen)
  }
  yield { what: "end", id: runFinishedId(runId), isDue: false }
}

/** What is not in the log of all that the run asks for. */
export const missingOf = (plan: RunPlan, seen: Seen): Missing => {
  const isFinished = seen.has(runFinishedId(plan.runId))
  const isCancelled = seen.has(runCancelledId(plan.runId))
  const due: Array<{ readonly what: string; readonly id: string }> = []
  const pending = new Map<string, Pending>()
  for (const { id, isDue, what } of asked(plan, seen)) {
    if (seen.has(id)) continue
    if (isDue || isFinished) due.push({ what, id })
    else if (!isCancelled) {
      const before = pending.get(what)
      pending.set(what, before === undefined ? { what, count: 1, first: id } : { ...before, count: before.count + 1 })
    }
  }
  return { due, pending: [...pending.values()] }
}

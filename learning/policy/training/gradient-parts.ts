/**
 * A policy's gradient task cut into parts, each with what belongs to its tokens.
 */
import type { Divisors } from "../../objective/token-objective.ts"
import type { GradientTask, SequenceBatch } from "../requests.ts"
import { type BatchPart, batchParts, divisorsOf, tokensOf } from "./batch-parts.ts"
import { takenFrom } from "./places.ts"

export interface GradientPart {
  readonly batch: SequenceBatch
  /** [n] the place of each of its response tokens among the task's, prompt-major. */
  readonly tokens: Int32Array
  readonly temperature: number
  readonly objective: GradientTask["objective"]
  readonly oldLogProbs: Float32Array
  readonly referenceLogProbs: Float32Array
  readonly advantages: Float32Array
  readonly batchTokens: number
  readonly divisors: Divisors | null
  readonly behaviourLogProbs: Float32Array
  readonly recompute: boolean
}

/** Entries by place; none where the task has none. */
const pick = (values: Float32Array, places: Int32Array): Float32Array =>
  values.length === 0 ? values : takenFrom(values, places)

type Task = Omit<GradientTask, "weights" | "reference">

const none = new Float32Array(0)

const partOf = (task: Task, { batch, rollouts, tokens }: BatchPart): GradientPart => {
  const { advantages, batchTokens, behaviourLogProbs, objective, oldLogProbs, recompute = false } = task
  const { divisors, referenceLogProbs, temperature } = task
  return {
    ...{ batch, tokens, temperature, objective, batchTokens, recompute },
    oldLogProbs: pick(oldLogProbs, tokens),
    referenceLogProbs: pick(referenceLogProbs ?? none, tokens),
    behaviourLogProbs: pick(behaviourLogProbs ?? none, tokens),
    advantages: pick(advantages, tokens),
    divisors: divisorsOf(divisors, rollouts)
  }
}

/**
 * As many samples of every prompt at a time as `microBatch` sequences allow, at least one; all where it is left out.
 *
 * Throws RangeError where the task's arrays do not fit its batch.
 */
export const gradientParts = (task: Task): ReadonlyArray<GradientPart> => {
  const tokens = tokensOf(task.batch)
  const rollouts = task.batch.responses.flat().length
  const check = (name: string, values: Float32Array | Float64Array, expected: number): void => {
    if (values.length !== 0 && values.length !== expected)
      throw new RangeError(`${name} has ${values.length} entries, the batch needs ${expected}`)
  }
  check("oldLogProbs", task.oldLogProbs, tokens)
  check("referenceLogProbs", task.referenceLogProbs ?? none, tokens)
  check("behaviourLogProbs", task.behaviourLogProbs ?? none, tokens)
  check("advantages", task.advantages, tokens)
  check("divisors", task.divisors?.loss ?? none, rollouts)
  check("divisors", task.divisors?.terms ?? none, rollouts)
  return batchParts(task.batch, task.microBatch).map((part) => partOf(task, part))
}

/**
 * A gradient task cut into parts that are computed one after another and added up, so that the activations of a few
 * sequences live at a time.
 */
import type { Divisors } from "../../objective/token-objective.ts"
import type { GradientTask, SequenceBatch } from "../requests.ts"

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
  values.length === 0 ? values : Float32Array.from(places, (place) => values[place])

const divisorsOf = ({ loss, terms }: Divisors, rollouts: Int32Array): Divisors => ({
  loss: Float64Array.from(rollouts, (rollout) => loss[rollout]),
  terms: Float64Array.from(rollouts, (rollout) => terms[rollout])
})

type Task = Omit<GradientTask, "weights" | "reference">

const none = new Float32Array(0)

const partOf = (
  task: Task,
  starts: ReadonlyArray<ReadonlyArray<number>>,
  first: number,
  last: number
): GradientPart => {
  const {
    advantages,
    batch,
    batchTokens,
    behaviourLogProbs,
    divisors,
    objective,
    oldLogProbs,
    recompute = false,
    referenceLogProbs,
    temperature
  } = task
  const responses = batch.responses.map((own) => own.slice(first, last))
  const tokens = Int32Array.from(
    responses.flatMap((own, p) =>
      own.flatMap(({ length }, s) => Array.from({ length }, (_, t) => starts[p][first + s] + t))
    )
  )
  const rollouts = Int32Array.from(
    responses.flatMap((own, p) => own.map((_, s) => p * batch.responses[0].length + first + s))
  )
  return {
    ...{ tokens, temperature, objective, batchTokens, recompute },
    batch: { prompts: batch.prompts, responses },
    oldLogProbs: pick(oldLogProbs, tokens),
    referenceLogProbs: pick(referenceLogProbs ?? none, tokens),
    behaviourLogProbs: pick(behaviourLogProbs ?? none, tokens),
    advantages: pick(advantages, tokens),
    divisors: divisors === undefined ? null : divisorsOf(divisors, rollouts)
  }
}

/**
 * As many samples of every prompt at a time as `microBatch` sequences allow, at least one; all where it is left out.
 *
 * Throws RangeError where the task's arrays do not fit its batch.
 */
export const gradientParts = (task: Task): ReadonlyArray<GradientPart> => {
  const { prompts, responses } = task.batch
  let reached = 0
  const starts = responses.map((own) =>
    own.map(({ length }) => {
      reached += length
      return reached - length
    })
  )
  const rollouts = prompts.length * responses[0].length
  const check = (name: string, values: Float32Array | Float64Array, expected: number): void => {
    if (values.length !== 0 && values.length !== expected)
      throw new RangeError(`${name} has ${values.length} entries, the batch needs ${expected}`)
  }
  check("oldLogProbs", task.oldLogProbs, reached)
  check("referenceLogProbs", task.referenceLogProbs ?? none, reached)
  check("behaviourLogProbs", task.behaviourLogProbs ?? none, reached)
  check("advantages", task.advantages, reached)
  check("divisors", task.divisors?.loss ?? none, rollouts)
  check("divisors", task.divisors?.terms ?? none, rollouts)
  const samples = responses[0].length
  const each = Math.max(1, Math.floor((task.microBatch ?? rollouts) / prompts.length))
  return Array.from({ length: Math.ceil(samples / each) }, (_, part) =>
    partOf(task, starts, part * each, Math.min(samples, (part + 1) * each))
  )
}

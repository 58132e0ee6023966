/**
 * A batch cut into parts that are computed one after another, so that the activations of a few sequences live at a time,
 * and the losses of the parts added up.
 */
import type { Divisors } from "../../objective/token-objective.ts"
import { EngineError } from "../engine-error.ts"
import type { SequenceBatch } from "../requests.ts"

export interface BatchPart {
  readonly batch: SequenceBatch
  /** [n] the place of each of its response tokens among the batch's, prompt-major. */
  readonly tokens: Int32Array
  /** The place of each of its rollouts among the batch's, prompt-major. */
  readonly rollouts: Int32Array
}

/** Response tokens of a batch. */
export const tokensOf = ({ responses }: SequenceBatch): number =>
  responses.flat().reduce((sum, { length }) => sum + length, 0)

/** Response tokens of each rollout. */
export const lengthsOf = ({ responses }: SequenceBatch): Int32Array =>
  Int32Array.from(responses.flat(), ({ length }) => length)

/** Where each response begins among the tokens of all. */
const startsOf = (responses: SequenceBatch["responses"]): ReadonlyArray<ReadonlyArray<number>> => {
  let reached = 0
  return responses.map((own) =>
    own.map(({ length }) => {
      reached += length
      return reached - length
    })
  )
}

/** As many samples of every prompt at a time as `microBatch` sequences allow, at least one; all where it is left out. */
export const batchParts = (
  { prompts, responses }: SequenceBatch,
  microBatch: number | undefined
): ReadonlyArray<BatchPart> => {
  const starts = startsOf(responses)
  const samples = responses[0].length
  const each = Math.max(1, Math.floor((microBatch ?? prompts.length * samples) / prompts.length))
  return Array.from({ length: Math.ceil(samples / each) }, (_, part) => {
    const first = part * each
    const own = responses.map((all) => all.slice(first, Math.min(samples, first + each)))
    return {
      batch: { prompts, responses: own },
      tokens: Int32Array.from(
        own.flatMap((all, p) =>
          all.flatMap(({ length }, s) => Array.from({ length }, (_, t) => starts[p][first + s] + t))
        )
      ),
      rollouts: Int32Array.from(own.flatMap((all, p) => all.map((_, s) => p * samples + first + s)))
    }
  })
}

/** The divisors of some rollouts; null where there are none. */
export const divisorsOf = (divisors: Divisors | undefined, rollouts: Int32Array): Divisors | null =>
  divisors === undefined
    ? null
    : {
        loss: Float64Array.from(rollouts, (rollout) => divisors.loss[rollout]),
        terms: Float64Array.from(rollouts, (rollout) => divisors.terms[rollout])
      }

/** What the parts' losses came to. */
export interface LossSum {
  loss: number
  readonly terms: Record<string, number>
}

export const addLoss = (
  sum: LossSum,
  { loss, terms }: { readonly loss: number; readonly terms: Readonly<Record<string, number>> }
): void => {
  sum.loss += loss
  for (const [name, value] of Object.entries(terms)) sum.terms[name] = (sum.terms[name] ?? 0) + value
}

/** Throws EngineError (not-finite). */
export const checkLoss = (operation: string, { loss }: LossSum): void => {
  if (Number.isFinite(loss)) return
  throw new EngineError({ operation, reason: "not-finite", detail: `the loss is ${loss}` })
}

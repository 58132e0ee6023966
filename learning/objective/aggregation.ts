/**
 * How the losses of tokens become one number: a name for each way, and what each response's sum is divided by.
 *
 *   token-mean               the tokens of the batch: DAPO, and the default here
 *   seq-mean-token-mean      B * the response's tokens: GRPO as published, each response counts the same
 *   seq-mean-token-sum       B
 *   drgrpo-constant          B * a constant, such as the longest response allowed: Dr. GRPO (arXiv 2503.20783)
 *   seq-mean-token-sum-norm  the padded width, with no mean over responses: as later verl has it
 *   verl-microbatch          B * tokens / responses of the micro-batch that it falls in: as the reference computes it (mean
 *                            over a micro-batch's tokens, weighted by its share of the responses, mean over ranks:
 *                            dp_actor.py), so it depends on how the batch is packed
 *
 * KL and entropy are token means in all of them but the last, where they are divided like the loss.
 */
import { type MicroBatchSettings, microBatches } from "./micro-batches.ts"
import type { Divisors } from "./token-objective.ts"

export const aggregationNames = [
  "token-mean",
  "seq-mean-token-mean",
  "seq-mean-token-sum",
  "drgrpo-constant",
  "seq-mean-token-sum-norm",
  "verl-microbatch"
] as const
export type AggregationName = (typeof aggregationNames)[number]

/** What some of the names need; the others do not look at it. */
export interface AggregationSettings {
  /** drgrpo-constant: tokens. */
  readonly constant: number
  /** seq-mean-token-sum-norm: tokens that every response is padded to. */
  readonly width: number
  /** verl-microbatch */
  readonly microBatches: MicroBatchSettings
}

const positive = (name: AggregationName, what: string, value: number): number => {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} divides by its ${what}, which is ${value}`)
  return value
}

const ofMicroBatches = (lengths: ArrayLike<number>, settings: MicroBatchSettings): Float64Array => {
  const divisors = new Float64Array(lengths.length)
  for (const rollouts of microBatches(lengths, settings)) {
    const tokens = rollouts.reduce((sum, rollout) => sum + lengths[rollout], 0)
    for (const rollout of rollouts) divisors[rollout] = (lengths.length * tokens) / rollouts.length
  }
  return divisors
}

/**
 * What each response's sums are divided by, so that all of them add up to the loss.
 *
 * @param lengths [B] response tokens of every rollout of the batch, or of the mini-batch that an update is made of
 * @returns [B] and [B], or null for a token mean
 * @throws RangeError where a setting that the name needs is missing or impossible
 */
export const divisorsOf = (
  aggregation: AggregationName,
  lengths: ArrayLike<number>,
  settings: AggregationSettings
): Divisors | null => {
  const rollouts = lengths.length
  const each = (divisor: (length: number) => number): Divisors => ({
    loss: Float64Array.from(lengths, divisor),
    terms: new Float64Array(rollouts).fill(Array.from(lengths).reduce((sum, length) => sum + length, 0))
  })
  switch (aggregation) {
    case "token-mean":
      return null
    case "seq-mean-token-mean":
      return each((length) => rollouts * length)
    case "seq-mean-token-sum":
      return each(() => rollouts)
    case "drgrpo-constant":
      return each(() => rollouts * positive(aggregation, "constant", settings.constant))
    case "seq-mean-token-sum-norm":
      return each(() => positive(aggregation, "width", settings.width))
    case "verl-microbatch": {
      const divisors = ofMicroBatches(lengths, settings.microBatches)
      return { loss: divisors, terms: divisors }
    }
  }
}

/**
 * A shard's share of a batch's mean: each response's sum, divided, and these added. All in doubles, from the first token
 * to the last. A response without tokens adds nothing.
 *
 * @param values [N] one number for each token
 * @param lengths [B]
 * @param divisors [B], or one number for all
 */
export const aggregate = (
  values: ArrayLike<number>,
  lengths: ArrayLike<number>,
  divisors: Float64Array | number
): number => {
  let total = 0
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    if (lengths[rollout] === 0) continue
    let sum = 0
    for (const end = t + lengths[rollout]; t < end; t++) sum += values[t]
    total += sum / (typeof divisors === "number" ? divisors : divisors[rollout])
  }
  return total
}

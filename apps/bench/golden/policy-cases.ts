/**
 * Policy losses from log-probs: clipped, with two bounds, by sequence, weighted by importance.
 */
import { Schema } from "effect"
import { type AggregationName, aggregationNames } from "../../../learning/objective/aggregation.ts"
import { type PolicyObjective, paperObjective } from "../../../learning/objective/objective.ts"
import type { Divisors, TokenBatch } from "../../../learning/objective/token-objective.ts"
import type { Formulas } from "./formulas.ts"
import { lossCase, many, one } from "./loss-case.ts"
import { gather, type Kept, Numbers, Rows, scatter, whole } from "./padded.ts"

export const Mode = Schema.Literals(aggregationNames)
export const Constant = Schema.NullishOr(Schema.Number)

const none = new Float32Array(0)

/** Tokens of padded rows, with nothing said of them yet. */
export const tokensOf = (kept: Kept, divisors: Divisors | null): TokenBatch => ({
  lengths: kept.lengths,
  logProbs: none,
  entropies: new Float32Array(kept.places.length),
  oldLogProbs: none,
  behaviourLogProbs: none,
  referenceLogProbs: none,
  advantages: new Float32Array(kept.places.length),
  batchTokens: kept.places.length,
  divisors
})

/** A policy loss and nothing else. */
const bare: PolicyObjective = { ...paperObjective, klCoefficient: 0, entropyCoefficient: 0 }

export const divisorsBy = (
  { divisorsOf }: Formulas,
  mode: AggregationName,
  { lengths }: Kept,
  { constant, padded }: { readonly constant?: number | null | undefined; readonly padded: Rows }
): Divisors | null =>
  divisorsOf(mode, lengths, {
    constant: constant ?? Number.NaN,
    width: padded[0]?.length ?? 0,
    microBatches: { tokens: Number.NaN, ranks: 1, promptLengths: [] } // no case packs micro-batches
  })

interface PolicyInput {
  readonly old_log_prob: Rows
  readonly log_prob: Rows
  readonly advantages: Rows
  readonly eos_mask: Rows
  readonly rollout_log_prob?: Rows
  readonly constant?: number | null | undefined
}

const evaluated = (
  input: PolicyInput,
  mode: AggregationName,
  objective: Partial<PolicyObjective>,
  formulas: Formulas
) => {
  const { advantages, eos_mask, log_prob, old_log_prob, rollout_log_prob } = input
  const kept = formulas.keptBy(eos_mask)
  const result = formulas.evaluateObjective(
    { ...bare, ...objective },
    {
      ...tokensOf(kept, divisorsBy(formulas, mode, kept, { constant: input.constant, padded: eos_mask })),
      logProbs: gather(log_prob, kept),
      oldLogProbs: gather(old_log_prob, kept),
      behaviourLogProbs: rollout_log_prob === undefined ? none : gather(rollout_log_prob, kept),
      advantages: gather(advantages, kept)
    }
  )
  return { kept, result, gradient: scatter(result.dLogProbs, kept, eos_mask) }
}

const Tokens = { old_log_prob: Rows, log_prob: Rows, advantages: Rows, eos_mask: Rows }
const Losses = { pg_loss: Schema.Number, pg_clipfrac: Schema.Number, grad_log_prob: Rows }

const losses = (
  { gradient, result }: ReturnType<typeof evaluated>,
  expected: { readonly pg_loss: number; readonly pg_clipfrac: number; readonly grad_log_prob: Rows }
) => [
  one("pg_loss", result.loss, expected.pg_loss),
  one("pg_clipfrac", result.terms.clipFraction, expected.pg_clipfrac),
  many("grad_log_prob", gradient, expected.grad_log_prob.flat())
]

/** The reference's ppo_kl: the mean of old - new, which is k1 of the old policy against the new. */
export const movedBy = (
  { aggregate, klEstimators }: Formulas,
  kept: Kept,
  oldLogProbs: ArrayLike<number>,
  logProbs: ArrayLike<number>
): number => {
  const each = Float64Array.from(kept.places, (_, t) => klEstimators.k1(oldLogProbs[t], logProbs[t]).value)
  return aggregate(each, kept.lengths, kept.places.length)
}

export const policy = lossCase(
  Schema.Struct({ ...Tokens, cliprange: Schema.Number }),
  Schema.Struct({ ...Losses, ppo_kl: Schema.Number }),
  (input, expected, { formulas }) => {
    const clip = { clipLow: input.cliprange, clipHigh: input.cliprange }
    const found = evaluated(input, "token-mean", clip, formulas)
    const [before, after] = [input.old_log_prob, input.log_prob].map((rows) => gather(rows, found.kept))
    return [...losses(found, expected), one("ppo_kl", movedBy(formulas, found.kept, before, after), expected.ppo_kl)]
  }
)

export const asymmetric = lossCase(
  Schema.Struct({
    ...Tokens,
    clip_low: Schema.Number,
    clip_high: Schema.Number,
    mode: Mode,
    constant: Schema.optionalKey(Constant)
  }),
  Schema.Struct({ ...Losses, per_token: Rows, ratio: Rows }),
  (input, expected, { formulas }) => {
    const { advantages, clip_high: high, clip_low: low, log_prob, old_log_prob } = input
    const found = evaluated(input, input.mode, { clipLow: low, clipHigh: high }, formulas)
    const each = whole(log_prob).places.map(([i, j]) =>
      formulas.policyLoss(log_prob[i][j], old_log_prob[i][j], advantages[i][j], { low, high })
    )
    return [
      ...losses(found, expected),
      many(
        "per_token",
        Float64Array.from(each, ({ value }) => value),
        expected.per_token.flat()
      ),
      many(
        "ratio",
        Float64Array.from(each, ({ ratio }) => ratio),
        expected.ratio.flat()
      )
    ]
  }
)

export const gspo = lossCase(
  Schema.Struct({
    ...Tokens,
    clip_low: Schema.Number,
    clip_high: Schema.Number,
    mode: Mode,
    constant: Schema.optionalKey(Constant)
  }),
  Schema.Struct({ ...Losses, sequence_ratio: Numbers }),
  (input, expected, { formulas }) => {
    const clip = { clipLow: input.clip_low, clipHigh: input.clip_high }
    const found = evaluated(input, input.mode, { ...clip, policyLoss: "gspo" }, formulas)
    const [after, before] = [input.log_prob, input.old_log_prob].map((rows) => gather(rows, found.kept))
    const ratios = formulas.sequenceRatios(after, before, found.kept.lengths)
    return [...losses(found, expected), many("sequence_ratio", ratios, expected.sequence_ratio)]
  }
)

export const weighted = lossCase(
  Schema.Struct({
    ...Tokens,
    rollout_log_prob: Rows,
    cliprange: Schema.Number,
    tis_cap: Schema.Number,
    mode: Mode,
    constant: Schema.optionalKey(Constant)
  }),
  Schema.Struct({ ...Losses, weights: Rows, truncated_fraction: Schema.Number }),
  (input, expected, { formulas }) => {
    const { cliprange, old_log_prob, rollout_log_prob, tis_cap: importanceCap } = input
    const found = evaluated(input, input.mode, { clipLow: cliprange, clipHigh: cliprange, importanceCap }, formulas)
    const { weights } = formulas.importanceWeights(old_log_prob.flat(), rollout_log_prob.flat(), importanceCap)
    return [
      ...losses(found, expected),
      many("weights", weights, expected.weights.flat()),
      one("truncated_fraction", found.result.terms.truncatedFraction, expected.truncated_fraction)
    ]
  }
)

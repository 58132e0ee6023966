/**
 * Means over tokens: KL estimates, aggregation by name, the critic's loss.
 */
import { Schema } from "effect"
import { overTokens } from "../../../learning/objective/advantages.ts"
import { type KlEstimator, paperObjective } from "../../../learning/objective/objective.ts"
import { lossCase, many, one } from "./loss-case.ts"
import { gather, Numbers, Rows, scatter, whole } from "./padded.ts"
import { Constant, divisorsBy, Mode, tokensOf } from "./policy-cases.ts"

/** The reference's names of the estimators. */
const estimators = { kl: "k1", abs: "abs", mse: "k2", low_var_kl: "k3" } as const satisfies Record<string, KlEstimator>

export const kl = lossCase(
  Schema.Struct({
    logprob: Rows,
    ref_logprob: Rows,
    kl_penalty: Schema.Literals(["kl", "abs", "mse", "low_var_kl"]),
    mask: Rows
  }),
  Schema.Struct({
    kl: Rows,
    masked_mean: Schema.Number,
    grad_logprob: Schema.optionalKey(Rows),
    grad_logprob_of_sum: Schema.optionalKey(Rows)
  }),
  ({ kl_penalty, logprob, mask, ref_logprob }, expected, { formulas }) => {
    const klEstimator = estimators[kl_penalty]
    const kept = formulas.keptBy(mask)
    const objective = { ...paperObjective, policyCoefficient: 0, klCoefficient: 1, entropyCoefficient: 0, klEstimator }
    const logProbs = gather(logprob, kept)
    const referenceLogProbs = gather(ref_logprob, kept)
    const batch = { ...tokensOf(kept, null), logProbs, oldLogProbs: logProbs, referenceLogProbs }
    const mean = formulas.evaluateObjective(objective, batch)
    const each = whole(logprob).places.map(([i, j]) =>
      formulas.klEstimators[klEstimator](logprob[i][j], ref_logprob[i][j])
    )
    const { grad_logprob: ofMean, grad_logprob_of_sum: ofSum } = expected
    return [
      many(
        "kl",
        Float64Array.from(each, ({ value }) => value),
        expected.kl.flat()
      ),
      one("masked_mean", mean.loss, expected.masked_mean),
      ...(ofMean === undefined ? [] : [many("grad_logprob", scatter(mean.dLogProbs, kept, mask), ofMean.flat())]),
      ...(ofSum === undefined
        ? []
        : [
            many(
              "grad_logprob_of_sum",
              Float64Array.from(each, ({ derivative }) => derivative),
              ofSum.flat()
            )
          ])
    ]
  }
)

export const aggregation = lossCase(
  Schema.Struct({ loss_mat: Rows, mask: Rows, mode: Mode, constant: Schema.optionalKey(Constant) }),
  Schema.Struct({ loss: Schema.Number, grad_loss_mat: Rows }),
  ({ constant, loss_mat, mask, mode }, expected, { formulas }) => {
    const kept = formulas.keptBy(mask)
    const divisors = divisorsBy(formulas, mode, kept, { constant, padded: mask })?.loss ?? kept.places.length
    const loss = formulas.aggregate(gather(loss_mat, kept), kept.lengths, divisors)
    const shares = Float64Array.from(
      kept.lengths,
      (_, i) => 1 / (typeof divisors === "number" ? divisors : divisors[i])
    )
    const gradient = scatter(overTokens(shares, kept.lengths), kept, mask)
    return [one("loss", loss, expected.loss), many("grad_loss_mat", gradient, expected.grad_loss_mat.flat())]
  }
)

const transposed = (rows: Rows): Rows => (rows[0] ?? []).map((_, j) => rows.map((row) => row[j]))

export const meanAlongAxis = lossCase(
  Schema.Struct({ values: Rows, mask: Rows, axis: Schema.Literals([-2, -1, 0, 1]) }),
  Schema.Struct({ mean: Numbers, sum: Numbers }),
  ({ axis, mask, values }, expected, { formulas }) => {
    const along = (rows: Rows): Rows => (axis === -1 || axis === 1 ? rows : transposed(rows))
    const rows = along(values)
    const each = (mode: "seq-mean-token-mean" | "seq-mean-token-sum") =>
      along(mask).map((row, i) => {
        const kept = formulas.keptBy([row])
        const divisors = divisorsBy(formulas, mode, kept, { padded: [row] })?.loss ?? kept.places.length
        return formulas.aggregate(gather([rows[i]], kept), kept.lengths, divisors)
      })
    return [
      many("mean", each("seq-mean-token-mean"), expected.mean),
      many("sum", each("seq-mean-token-sum"), expected.sum)
    ]
  }
)

export const value = lossCase(
  Schema.Struct({ vpreds: Rows, returns: Rows, values: Rows, eos_mask: Rows, cliprange_value: Schema.Number }),
  Schema.Struct({ vf_loss: Schema.Number, vf_clipfrac: Schema.Number, grad_vpreds: Rows }),
  ({ cliprange_value: clip, eos_mask, returns, values, vpreds }, expected, { formulas }) => {
    const kept = formulas.keptBy(eos_mask)
    const result = formulas.evaluateValue(
      { kind: "value", clip },
      {
        ...{ lengths: kept.lengths, batchTokens: kept.places.length, divisors: null },
        values: gather(vpreds, kept),
        oldValues: gather(values, kept),
        returns: gather(returns, kept)
      }
    )
    return [
      one("vf_loss", result.loss, expected.vf_loss),
      one("vf_clipfrac", result.terms.clipFraction, expected.vf_clipfrac),
      many("grad_vpreds", scatter(result.dValues, kept, eos_mask), expected.grad_vpreds.flat())
    ]
  }
)

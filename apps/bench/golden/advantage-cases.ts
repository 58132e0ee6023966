/**
 * Rewards and advantages: GRPO's groups, GAE and its whitening, the penalty in the reward.
 */
import { Schema } from "effect"
import { overTokens } from "../../../learning/objective/advantages.ts"
import { lossCase, many, one, whitened } from "./loss-case.ts"
import { gather, Numbers, Rows, scatter, whole } from "./padded.ts"

const widths = (rows: Rows): Int32Array => Int32Array.from(rows, (row) => row.length)

/**
 * The reference's own float32 mean of equal rewards may be off by a bit, which its tiny std then blows up: where all of a
 * group are equal the exact numbers are what counts.
 */
export const grpo = lossCase(
  Schema.Struct({
    token_level_rewards: Rows,
    eos_mask: Rows,
    index: Schema.Array(Schema.Union([Schema.String, Schema.Number])),
    epsilon: Schema.Number
  }),
  Schema.Struct({ advantages: Rows, per_row_advantage_f64: Numbers }),
  ({ eos_mask, epsilon, index, token_level_rewards }, { advantages, per_row_advantage_f64 }, { formulas }) => {
    const all = gather(token_level_rewards, whole(token_level_rewards))
    const rewards = formulas.earned(all, widths(token_level_rewards))
    const ours = new Float32Array(rewards.length)
    const isEqual = new Array<boolean>(rewards.length).fill(false)
    for (const group of new Set(index)) {
      const members = index.flatMap((id, row) => (id === group ? [row] : []))
      const own = formulas.groupAdvantages(
        members.map((row) => rewards[row]),
        { std: true, epsilon }
      )
      const isOneReward = members.length > 1 && members.every((row) => rewards[row] === rewards[members[0]])
      for (const [i, row] of members.entries()) {
        ours[row] = own[i]
        isEqual[row] = isOneReward
      }
    }
    const kept = formulas.keptBy(eos_mask)
    const expected = advantages.map((row, i) =>
      row.map((value, j) => (isEqual[i] ? per_row_advantage_f64[i] * (eos_mask[i][j] === 0 ? 0 : 1) : value))
    )
    return [
      whitened("per_row_advantage_f64", ours, per_row_advantage_f64),
      whitened("advantages", scatter(overTokens(ours, kept.lengths), kept, advantages), expected.flat())
    ]
  }
)

/** Rows are as wide as they are padded: the reference's recursion begins there, and only its whitening looks at the mask. */
export const gae = lossCase(
  Schema.Struct({
    token_level_rewards: Rows,
    values: Rows,
    eos_mask: Rows,
    gamma: Schema.Number,
    lam: Schema.Number
  }),
  Schema.Struct({ advantages: Rows, returns: Rows }),
  ({ eos_mask, gamma, lam: lambda, token_level_rewards, values }, expected, { formulas }) => {
    const padded = whole(values)
    const rewards = gather(token_level_rewards, padded)
    const found = formulas.generalisedAdvantages(rewards, gather(values, padded), padded.lengths, { gamma, lambda })
    const advantages = formulas.whiten(found.advantages, eos_mask.flat(), true)
    return [
      whitened("advantages", advantages, expected.advantages.flat()),
      many("returns", found.returns, expected.returns.flat())
    ]
  }
)

export const whitening = lossCase(
  Schema.Struct({ values: Rows, mask: Rows, shift_mean: Schema.Boolean }),
  Schema.Struct({ whitened: Rows, mean: Schema.Number, var: Schema.Number }),
  ({ mask, shift_mean, values }, expected, { formulas }) => {
    const { mean, variance } = formulas.moments(values.flat(), mask.flat())
    return [
      whitened("whitened", formulas.whiten(values.flat(), mask.flat(), shift_mean), expected.whitened.flat()),
      one("mean", mean, expected.mean),
      one("var", variance, expected.var)
    ]
  }
)

export const rewards = lossCase(
  Schema.Struct({ token_level_scores: Rows, old_log_prob: Rows, ref_log_prob: Rows, kl_ratio: Schema.Number }),
  Schema.Struct({ rewards: Rows }),
  ({ kl_ratio: coefficient, old_log_prob, ref_log_prob, token_level_scores }, expected, { formulas }) => {
    const penalty = { logProbs: old_log_prob.flat(), referenceLogProbs: ref_log_prob.flat(), coefficient }
    const found = formulas.penalised(token_level_scores.flat(), { ...penalty, estimator: "k1" })
    return [many("rewards", found, expected.rewards.flat())]
  }
)

/**
 * For the tests: formulas without a mask, a clamp or what they ought to be divided by.
 */
import type { Divisors } from "../../../learning/objective/token-objective.ts"
import { formulas } from "./formulas.ts"
import { batchWith, type Mutation, objectiveWith, policyFns } from "./mutation.fixture.ts"
import { whole } from "./padded.ts"

const grown = (values: Float64Array): Float64Array => values.map((value) => value * 1.01)
const unbounded = { clipLow: Number.POSITIVE_INFINITY, clipHigh: Number.POSITIVE_INFINITY }

export const masks: Readonly<Record<string, Mutation>> = {
  "no mask": {
    wrong: { keptBy: whole },
    every: [],
    some: [
      ...policyFns,
      "grpo_outcome_advantage",
      "kl_penalty",
      "aggregate",
      "masked_mean_axis",
      "value_loss",
      "entropy_loss"
    ]
  },
  "no mask in whitening": {
    wrong: {
      whiten: (values, _mask, shiftMean) => formulas.whiten(values, null, shiftMean),
      moments: (values) => formulas.moments(values, null)
    },
    every: [],
    some: ["masked_whiten", "gae_advantage_return"]
  }
}

export const clamps: Readonly<Record<string, Mutation>> = {
  "no clip": {
    wrong: objectiveWith(() => unbounded),
    every: [],
    some: policyFns
  },
  "DAPO's upper bound taken from the lower": {
    wrong: objectiveWith(({ clipLow }) => ({ clipHigh: clipLow })),
    every: [],
    some: ["policy_loss_asymmetric", "gspo"]
  },
  "no clip of a token": {
    wrong: {
      policyLoss: (a, b, advantage) =>
        formulas.policyLoss(a, b, advantage, { low: Number.POSITIVE_INFINITY, high: Number.POSITIVE_INFINITY })
    },
    every: [],
    some: ["policy_loss_asymmetric"]
  },
  "no cap of importance weights": {
    wrong: objectiveWith(({ importanceCap }) => ({ importanceCap: importanceCap && Number.POSITIVE_INFINITY })),
    every: [],
    some: ["tis_policy_loss"]
  },
  "no clip of values": {
    wrong: {
      evaluateValue: (objective, batch) =>
        formulas.evaluateValue({ ...objective, clip: Number.POSITIVE_INFINITY }, batch)
    },
    every: [],
    some: ["value_loss"]
  },
  "no clamp of k3": {
    wrong: {
      klEstimators: {
        ...formulas.klEstimators,
        k3: (a, b) => ({ value: Math.expm1(b - a) - (b - a), derivative: -Math.expm1(b - a) })
      }
    },
    every: [],
    some: ["kl_penalty"]
  }
}

const scaled = (divisors: Divisors | null): Divisors | null =>
  divisors && { loss: grown(divisors.loss), terms: grown(divisors.terms) }

export const normalisers: Readonly<Record<string, Mutation>> = {
  "no std": {
    wrong: {
      groupAdvantages: (rewards, normalisation) =>
        formulas.groupAdvantages(rewards, { epsilon: 1e-6, ...normalisation, std: false })
    },
    every: [],
    some: ["grpo_outcome_advantage"]
  },
  "no epsilon": {
    wrong: { groupAdvantages: (rewards) => formulas.groupAdvantages(rewards, { std: true, epsilon: 0 }) },
    every: [],
    some: ["grpo_outcome_advantage"]
  },
  "a discount forgotten": {
    wrong: {
      generalisedAdvantages: (rewards, values, lengths, { lambda }) =>
        formulas.generalisedAdvantages(rewards, values, lengths, { gamma: 0.9, lambda })
    },
    every: ["gae_advantage_return"],
    some: []
  },
  "the biased variance": {
    wrong: {
      whiten: (values, mask, shiftMean) => {
        const count =
          mask === null || mask === undefined ? values.length : Array.from(mask).filter((m) => m !== 0).length
        const { mean } = formulas.moments(values, mask ?? null)
        const kept = shiftMean === false ? mean : 0
        return formulas
          .whiten(values, mask, shiftMean)
          .map((value) => (value - kept) * Math.sqrt(count / (count - 1)) + kept)
      },
      moments: (values, mask) => {
        const { mean, variance } = formulas.moments(values, mask)
        const count = mask === null ? values.length : Array.from(mask).filter((m) => m !== 0).length
        return { mean, variance: (variance * (count - 1)) / count }
      }
    },
    every: ["masked_whiten", "gae_advantage_return"],
    some: []
  },
  "one token too many in a mean": {
    wrong: batchWith(({ batchTokens, divisors }) => ({ batchTokens: batchTokens + 1, divisors: scaled(divisors) })),
    every: [...policyFns, "kl_penalty", "entropy_loss"],
    some: []
  },
  "token means in the place of what is asked for": {
    wrong: { divisorsOf: () => null },
    every: [],
    some: ["aggregate", "policy_loss_asymmetric", "gspo", "total_loss_grad", "masked_mean_axis"]
  },
  "terms divided like the loss": {
    wrong: batchWith(({ divisors }) => ({ divisors: divisors && { loss: divisors.loss, terms: divisors.loss } })),
    every: [],
    some: ["total_loss_grad"]
  },
  "the sum over a sequence in the place of its mean": {
    wrong: {
      sequenceRatios: (a, b, lengths) =>
        formulas.sequenceRatios(a, b, lengths).map((ratio, i) => Math.exp(Math.log(ratio) * lengths[i]))
    },
    every: [],
    some: ["gspo"]
  },
  "a sum that is divided by one more": {
    wrong: {
      aggregate: (values, lengths, divisors) =>
        formulas.aggregate(values, lengths, typeof divisors === "number" ? divisors + 1 : grown(divisors))
    },
    every: ["aggregate", "masked_mean_axis"],
    some: []
  },
  "a critic's mean over one token more": {
    wrong: {
      evaluateValue: (objective, batch) =>
        formulas.evaluateValue(objective, { ...batch, batchTokens: batch.batchTokens + 1 })
    },
    every: ["value_loss"],
    some: []
  },
  "rewards that are not all of a response's": {
    wrong: { earned: (rewards, lengths) => formulas.earned(rewards, lengths).map((total) => total * 1.01) },
    every: [],
    some: ["grpo_outcome_advantage"]
  }
}

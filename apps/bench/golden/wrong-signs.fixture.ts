/**
 * For the tests: formulas with a sign, a direction or an order that is the other way round.
 */
import { formulas } from "./formulas.ts"
import { batchWith, type Mutation, negative, objectiveWith, policyFns, resultWith } from "./mutation.fixture.ts"

export const signs: Readonly<Record<string, Mutation>> = {
  "group advantages of the other sign": {
    wrong: { groupAdvantages: (...given) => negative(formulas.groupAdvantages(...given)) },
    every: [],
    some: ["grpo_outcome_advantage"]
  },
  "generalised advantages of the other sign": {
    wrong: {
      generalisedAdvantages: (...given) => {
        const { advantages, returns } = formulas.generalisedAdvantages(...given)
        return { advantages: negative(advantages), returns }
      }
    },
    every: ["gae_advantage_return"],
    some: []
  },
  "values that rewards are lowered by": {
    wrong: {
      generalisedAdvantages: (rewards, values, lengths, settings) =>
        formulas.generalisedAdvantages(
          rewards,
          Float32Array.from(values, (value) => -value),
          lengths,
          settings
        )
    },
    every: ["gae_advantage_return"],
    some: []
  },
  "whitening of the other sign": {
    wrong: { whiten: (...given) => negative(formulas.whiten(...given)) },
    every: ["masked_whiten", "gae_advantage_return"],
    some: []
  },
  "a penalty that is paid out": {
    wrong: {
      penalised: (scores, penalty) => formulas.penalised(scores, { ...penalty, coefficient: -penalty.coefficient })
    },
    every: ["compute_rewards"],
    some: []
  },
  "the KL divergence the other way round": {
    wrong: {
      klEstimators: {
        k1: (a, b) => formulas.klEstimators.k1(b, a),
        abs: (a, b) => ({ ...formulas.klEstimators.abs(a, b), value: -Math.abs(a - b) }),
        k2: (a, b) => ({ ...formulas.klEstimators.k2(a, b), value: -formulas.klEstimators.k2(a, b).value }),
        k3: (a, b) => formulas.klEstimators.k3(b, a)
      }
    },
    every: ["kl_penalty"],
    some: ["policy_loss", "total_loss_grad"]
  },
  "a KL coefficient of the other sign": {
    wrong: objectiveWith(({ klCoefficient }) => ({ klCoefficient: -klCoefficient })),
    every: ["kl_penalty", "total_loss_grad"],
    some: []
  },
  "an entropy coefficient of the other sign": {
    wrong: objectiveWith(({ entropyCoefficient }) => ({ entropyCoefficient: -entropyCoefficient })),
    every: ["entropy_loss", "total_loss_grad"],
    some: []
  },
  "advantages of the other sign in the policy loss": {
    wrong: batchWith(({ advantages }) => ({ advantages: negative(advantages) })),
    every: policyFns,
    some: []
  },
  "a gradient of the other sign": {
    wrong: resultWith(({ dEntropies, dLogProbs }) => ({
      dLogProbs: negative(dLogProbs),
      dEntropies: negative(dEntropies)
    })),
    every: [...policyFns, "entropy_loss"],
    some: ["kl_penalty"]
  },
  "a ratio upside down": {
    wrong: batchWith(({ logProbs, oldLogProbs }) => ({ logProbs: oldLogProbs, oldLogProbs: logProbs })),
    every: [],
    some: policyFns
  },
  "one token's ratio upside down": {
    wrong: { policyLoss: (a, b, ...rest) => formulas.policyLoss(b, a, ...rest) },
    every: [],
    some: ["policy_loss_asymmetric"]
  },
  "a sequence's ratio upside down": {
    wrong: { sequenceRatios: (a, b, lengths) => formulas.sequenceRatios(b, a, lengths) },
    every: [],
    some: ["gspo"]
  },
  "importance the other way round": {
    wrong: { importanceWeights: (a, b, cap) => formulas.importanceWeights(b, a, cap) },
    every: ["tis_policy_loss"],
    some: []
  },
  "sums of the other sign": {
    wrong: { aggregate: (...given) => -formulas.aggregate(...given) },
    every: ["aggregate", "masked_mean_axis"],
    some: []
  },
  "a critic that runs away": {
    wrong: {
      evaluateValue: (...given) => {
        const result = formulas.evaluateValue(...given)
        return { ...result, dValues: negative(result.dValues) }
      }
    },
    every: ["value_loss"],
    some: []
  }
}

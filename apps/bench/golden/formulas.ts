/**
 * The functions that the reference's losses are held against, in one value: a test hands in a wrong one in the place of a
 * right one, and sees which cases notice.
 */
import { groupAdvantages } from "../../../learning/objective/advantages.ts"
import { aggregate, divisorsOf } from "../../../learning/objective/aggregation.ts"
import { evaluateObjective } from "../../../learning/objective/evaluate.ts"
import { evaluateValue } from "../../../learning/objective/evaluate-value.ts"
import { generalisedAdvantages, moments, whiten } from "../../../learning/objective/gae.ts"
import { importanceWeights } from "../../../learning/objective/importance-weights.ts"
import { klEstimators } from "../../../learning/objective/kl.ts"
import { policyLoss } from "../../../learning/objective/policy-loss.ts"
import { sequenceRatios } from "../../../learning/objective/sequence-ratio.ts"
import { earned, penalised } from "../../../learning/objective/token-rewards.ts"
import { keptBy } from "./padded.ts"

export const formulas = {
  /** The mask. */
  keptBy,
  earned,
  penalised,
  groupAdvantages,
  generalisedAdvantages,
  moments,
  whiten,
  klEstimators,
  policyLoss,
  sequenceRatios,
  importanceWeights,
  divisorsOf,
  aggregate,
  evaluateObjective,
  evaluateValue
}
export type Formulas = typeof formulas

/**
 * For the tests: ways to be wrong, and a formula that is wrong in one of them.
 */
import type { PolicyObjective } from "../../../learning/objective/objective.ts"
import type { ObjectiveResult, TokenBatch } from "../../../learning/objective/token-objective.ts"
import { type Formulas, formulas } from "./formulas.ts"

export const negative = (values: Float32Array): Float32Array => values.map((value) => -value)

/** An objective that is not the one asked for. */
export const objectiveWith = (change: (objective: PolicyObjective) => Partial<PolicyObjective>): Partial<Formulas> => ({
  evaluateObjective: (objective, batch) =>
    formulas.evaluateObjective(objective.kind === "policy" ? { ...objective, ...change(objective) } : objective, batch)
})

export const batchWith = (change: (batch: TokenBatch) => Partial<TokenBatch>): Partial<Formulas> => ({
  evaluateObjective: (objective, batch) => formulas.evaluateObjective(objective, { ...batch, ...change(batch) })
})

export const resultWith = (change: (result: ObjectiveResult) => Partial<ObjectiveResult>): Partial<Formulas> => ({
  evaluateObjective: (objective, batch) => {
    const result = formulas.evaluateObjective(objective, batch)
    return { ...result, ...change(result) }
  }
})

export interface Mutation {
  readonly wrong: Partial<Formulas>
  /** Functions of which every case must break. */
  readonly every: ReadonlyArray<string>
  /** Functions of which some case must break: those whose numbers the formula's part touches. */
  readonly some: ReadonlyArray<string>
}

export const policyFns = ["policy_loss", "policy_loss_asymmetric", "gspo", "tis_policy_loss", "total_loss_grad"]

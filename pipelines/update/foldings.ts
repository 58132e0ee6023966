/**
 * What of a run is the fold of its gradients: its policy, and its critic where it has one.
 */
import { Effect, Schema } from "effect"
import type { FoldSettings } from "../../learning/objective/fold.ts"
import { learningRateAt } from "../../learning/objective/learning-rate.ts"
import type { ParameterLayout } from "../../learning/policy/parameters.ts"
import type { RunId, Sha256 } from "../../schemas/ids.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { type FoldedRun, firstPolicyOf } from "../runs.ts"

export interface Folding {
  readonly runId: RunId
  readonly what: "policy" | "critic"
  /** No two foldings share it. */
  readonly key: string
  readonly layout: ParameterLayout
  /** The weights before the first gradient. */
  readonly first: Sha256
  /** Weights and moments that the run begins with, where it forks another; null where it begins with `first`. */
  readonly begun: { readonly step: number; readonly hash: Sha256 } | null
  /** The first step that has gradients: before it the weights stay, and the log names none. */
  readonly firstFold: number
  /** Of the update that is taken of the weights at this step. */
  readonly settingsAt: (step: number) => FoldSettings
}

/** A run without a critic was asked for its critic. */
export class NoCritic extends Schema.TaggedError<NoCritic>()("NoCritic", { runId: Schema.String }) {
  override get message(): string {
    return `run ${this.runId} has no critic, so its log should hold no work for one; check that log and data folder belong together`
  }
}

/** Updates that a policy does not take part in, because only the critic learns. */
export const warmUpUpdates = ({ critic, updatesPerBatch }: RunConfig): number =>
  (critic?.warmUpBatches ?? 0) * updatesPerBatch

export const policyFolding = (run: FoldedRun): Folding => {
  const { config } = run
  const { fork } = config
  const schedule =
    config.warmUpSteps === 0
      ? ({ kind: "constant" } as const)
      : ({ kind: "warm-up", steps: config.warmUpSteps } as const)
  return {
    runId: run.runId,
    what: "policy",
    key: run.runId,
    layout: run.layout,
    first: firstPolicyOf(run),
    begun: fork === undefined ? null : { step: fork.step, hash: fork.policy.state },
    firstFold: warmUpUpdates(config),
    settingsAt: (step) => ({
      learningRate: learningRateAt(schedule, config.learningRate, Math.max(0, step - warmUpUpdates(config))),
      beta1: config.beta1,
      beta2: config.beta2,
      epsilon: config.adamEpsilon,
      weightDecay: config.weightDecay,
      maxGradientNorm: config.maxGradientNorm
    })
  }
}

/** A run's critic: its settings, and the folding that it is. Fails with NoCritic. */
export const criticOf = Effect.fn("foldings.criticOf")(function* (run: FoldedRun) {
  const { critic, fork } = run.config
  if (critic === undefined) return yield* new NoCritic({ runId: run.runId })
  const settings = {
    learningRate: critic.learningRate,
    beta1: critic.beta1,
    beta2: critic.beta2,
    epsilon: critic.adamEpsilon,
    weightDecay: critic.weightDecay,
    maxGradientNorm: critic.maxGradientNorm
  }
  const folding: Folding = {
    runId: run.runId,
    what: "critic",
    key: `${run.runId}/critic`,
    layout: run.criticLayout,
    first: critic.initial,
    begun: fork?.critic === undefined ? null : { step: fork.step, hash: fork.critic.state },
    firstFold: 0,
    settingsAt: () => settings
  }
  return { critic, folding }
})

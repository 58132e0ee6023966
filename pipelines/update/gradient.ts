/**
 * gradient: GradientRequested -> GradientComputed
 *
 * Loss and gradient of one shard. The request names its packed shard by hash, so a worker reads no other partition;
 * the gradient goes to the artifacts and the event carries its hash, the loss terms and every token's log-probs.
 */

import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import type { PolicyObjective } from "../../learning/objective/objective.ts"
import { encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { GradientRequested } from "../../schemas/gradient-requested.ts"
import { type Run, Runs } from "../runs.ts"
import { decodeShard, type Shard } from "./pack.ts"

/** One shard for each engine worker: what a kill may cost. */
const shardsAtOnce = 2

const objectiveOf = ({ config }: Run): PolicyObjective => ({
  kind: "policy",
  policyLoss: config.policyLoss,
  clipLow: config.clip,
  clipHigh: config.clipHigh ?? config.clip,
  importanceCap: config.importanceCap ?? null,
  policyCoefficient: config.policyCoefficient,
  klEstimator: config.klEstimator,
  klCoefficient: config.klCoefficient,
  entropyCoefficient: config.entropyCoefficient
})

/** How much of a shard is in memory at once, where the run says. */
export const memoryOf = ({ config: { microBatch, recompute } }: Run) => ({
  ...(microBatch === undefined ? {} : { microBatch }),
  ...(recompute === undefined ? {} : { recompute })
})

/** What a packed shard holds beside its sequences, old log-probs and advantages, where it does. */
const extrasOf = ({ behaviourLogProbs, divisors, referenceLogProbs }: Shard) => ({
  ...(behaviourLogProbs.length === 0 ? {} : { behaviourLogProbs }),
  ...(referenceLogProbs.length === 0 ? {} : { referenceLogProbs }),
  ...(divisors === null ? {} : { divisors })
})

const compute = Effect.fn("gradient.compute")(function* (delivered: Delivered<GradientRequested>) {
  const { batchTokens, packedHash, policyHash, referenceHash, runId, shard, shards, step } = delivered.event
  const run = yield* (yield* Runs).of(runId)
  const artifacts = yield* Artifacts
  const engine = yield* PolicyEngine
  const packed = yield* decodeShard(yield* artifacts.load(packedHash))
  const result = yield* engine.gradient({
    weights: policyHash,
    reference: referenceHash,
    batch: packed.batch,
    temperature: run.config.temperature,
    objective: objectiveOf(run),
    oldLogProbs: packed.oldLogProbs,
    advantages: packed.advantages,
    batchTokens,
    ...extrasOf(packed),
    ...memoryOf(run)
  })
  const gradientHash = yield* artifacts.store(encodeParameters(run.layout, result.gradient))
  const term = (name: string): number => result.terms[name] ?? 0
  return new GradientComputed({
    runId,
    step,
    rolloutStep: delivered.event.rolloutStep,
    causes: [causeOf(delivered)],
    shard,
    shards,
    policyHash,
    gradientHash,
    packedHash,
    rollouts: packed.rollouts,
    advantages: packed.advantages,
    logProbs: result.logProbs,
    entropies: result.entropies,
    referenceLogProbs: result.referenceLogProbs,
    loss: result.loss,
    policyLoss: term("policyLoss"),
    kl: term("kl"),
    entropy: term("entropy"),
    clipFraction: term("clipFraction"),
    mismatch: term("mismatch")
  })
})

export const gradient = {
  name: "gradient",
  consumes: ["GradientRequested"],
  maxBatch: shardsAtOnce,
  handle: (requests: ReadonlyArray<Delivered<GradientRequested>>) =>
    Effect.forEach(requests, compute, { concurrency: "unbounded" })
} satisfies Stage<"GradientRequested", unknown, Artifacts | PolicyEngine | Runs>

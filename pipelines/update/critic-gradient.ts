/**
 * critic-gradient: CriticGradientRequested -> CriticGradientComputed
 *
 * The critic's loss and gradient of one shard: its values are drawn to the returns that the batch had.
 */
import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import type { CriticGradientRequested } from "../../schemas/critic-gradient-requested.ts"
import { Runs } from "../runs.ts"
import { criticOf } from "./foldings.ts"
import { memoryOf } from "./gradient.ts"
import { decodeShard } from "./pack.ts"

/** One shard for each engine worker: what a kill may cost. */
const shardsAtOnce = 2

const compute = Effect.fn("criticGradient.compute")(function* (delivered: Delivered<CriticGradientRequested>) {
  const { batchTokens, criticHash, packedHash, rolloutStep, runId, shard, shards, step } = delivered.event
  const run = yield* (yield* Runs).of(runId)
  const { critic, folding } = yield* criticOf(run)
  const artifacts = yield* Artifacts
  const engine = yield* PolicyEngine
  const { batch, divisors, oldValues, returns, rollouts } = yield* decodeShard(yield* artifacts.load(packedHash))
  const result = yield* engine.valueGradient({
    critic: criticHash,
    batch,
    objective: { kind: "value", clip: critic.clip },
    oldValues,
    returns,
    batchTokens,
    ...(divisors === null ? {} : { divisors }),
    ...memoryOf(run)
  })
  const gradientHash = yield* artifacts.store(encodeParameters(folding.layout, result.gradient))
  return new CriticGradientComputed({
    ...{ runId, step, rolloutStep, causes: [causeOf(delivered)], shard, shards },
    ...{ criticHash, gradientHash, packedHash, rollouts },
    ...{ values: result.values, oldValues, returns },
    loss: result.loss,
    clipFraction: result.terms.clipFraction ?? 0
  })
})

export const criticGradient = {
  name: "critic-gradient",
  consumes: ["CriticGradientRequested"],
  maxBatch: shardsAtOnce,
  handle: (requests: ReadonlyArray<Delivered<CriticGradientRequested>>) =>
    Effect.forEach(requests, compute, { concurrency: "unbounded" })
} satisfies Stage<"CriticGradientRequested", unknown, Artifacts | PolicyEngine | Runs>

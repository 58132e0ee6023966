/**
 * apply-critic: CriticGradientComputed -> CriticUpdated
 *
 * The critic's fold, as the policy's: when every shard of a step is there, their gradients are summed in shard order,
 * clipped and applied by an AdamW of the critic's own.
 */
import { Effect } from "effect"
import type { Decider, Delivered, EventOf } from "../../platform/stream/stage.ts"
import { CriticUpdated } from "../../schemas/critic-updated.ts"
import { causesDigest } from "../causes.ts"
import { type Run, Runs } from "../runs.ts"
import { type Collected, nothingCollected, wholeStep, withShard, withSnapshot } from "./collected.ts"
import { type CriticShardSummary, criticMetrics, criticSummaryOf } from "./critic-metrics.ts"
import type { FoldChain } from "./fold-chain.ts"
import { foldStep } from "./fold-step.ts"
import { criticOf } from "./foldings.ts"

type Consumed = "CriticGradientComputed" | "CriticUpdated"

export type ApplyCriticState = Collected<CriticShardSummary>

const evolve = (state: ApplyCriticState, { event, sha256 }: Delivered<EventOf<Consumed>>): ApplyCriticState =>
  event._tag === "CriticUpdated"
    ? withSnapshot(state, event)
    : withShard(state, event.step, criticSummaryOf(event, sha256))

const fold = Effect.fn("applyCritic.fold")(function* (
  run: Run,
  state: ApplyCriticState,
  step: number,
  shards: ReadonlyArray<CriticShardSummary>
) {
  const { folding } = yield* criticOf(run)
  const gradients = shards.map(({ criticHash, gradientHash }) => ({ gradientHash, takenOf: criticHash }))
  const { after, before, hashes } = yield* foldStep(run, folding, step, state, gradients)
  const { learningRate } = folding.settingsAt(step)
  return new CriticUpdated({
    runId: run.runId,
    step: step + 1,
    causes: [causesDigest(`${run.runId}/${step}/critic-gradients`, shards)],
    criticHash: after.hash,
    previousCriticHash: before,
    optimizerHash: after.optimizerHash,
    snapshotHash: after.snapshotHash,
    gradientHashes: hashes,
    metrics: criticMetrics(shards, { gradientNorm: after.gradientNorm, learningRate })
  })
})

const decide = Effect.fn("applyCritic.decide")(function* (
  state: ApplyCriticState,
  { event }: Delivered<EventOf<Consumed>>
) {
  if (event._tag === "CriticUpdated") return []
  const run = yield* (yield* Runs).of(event.runId)
  const shards = wholeStep(state, event.step)
  return shards === null ? [] : [yield* fold(run, state, event.step, shards)]
})

export const applyCritic = {
  name: "apply-critic",
  consumes: ["CriticGradientComputed", "CriticUpdated"],
  initialState: nothingCollected,
  evolve,
  decide
} satisfies Decider<ApplyCriticState, Consumed, unknown, Runs | FoldChain>

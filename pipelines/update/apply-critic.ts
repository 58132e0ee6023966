/**
 * apply-critic: CriticGradientComputed -> CriticUpdated
 *
 * The critic's fold, as the policy's: when every shard of a step is there, their gradients are summed in shard order,
 * clipped and applied by an AdamW of the critic's own.
 */
import { Effect, HashMap } from "effect"
import type { Decider, Delivered, EventOf } from "../../platform/stream/stage.ts"
import { CriticUpdated } from "../../schemas/critic-updated.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import { causesDigest } from "../causes.ts"
import { type Run, Runs } from "../runs.ts"
import { ChainBroken } from "./apply.ts"
import { type CriticShardSummary, criticMetrics, criticSummaryOf } from "./critic-metrics.ts"
import { FoldChain } from "./fold-chain.ts"
import { criticOf } from "./foldings.ts"

type Consumed = "CriticGradientComputed" | "CriticUpdated"

export interface ApplyCriticState {
  /** Shards by number, of each step that is still being collected. */
  readonly shards: HashMap.HashMap<number, HashMap.HashMap<number, CriticShardSummary>>
  /** Gradients of every step so far, in shard order, by step: the critic is their fold. */
  readonly gradients: HashMap.HashMap<number, ReadonlyArray<Sha256>>
  /** Critics that were stored whole, with moments: step and artifact. */
  readonly snapshots: ReadonlyArray<{ readonly step: number; readonly hash: Sha256 }>
}

/** In shard order; null while one is missing. */
const wholeStep = ({ shards }: ApplyCriticState, step: number): ReadonlyArray<CriticShardSummary> | null => {
  const found = HashMap.get(shards, step)
  if (found._tag === "None") return null
  const ordered = [...HashMap.values(found.value)].sort((a, b) => a.shard - b.shard)
  return ordered.length === ordered[0].shards ? ordered : null
}

const evolve = (state: ApplyCriticState, { event, sha256 }: Delivered<EventOf<Consumed>>): ApplyCriticState => {
  const { step } = event
  if (event._tag === "CriticUpdated")
    return event.snapshotHash === null
      ? state
      : { ...state, snapshots: [...state.snapshots, { step, hash: event.snapshotHash }] }
  const known = HashMap.get(state.shards, step)
  const before = known._tag === "Some" ? known.value : HashMap.empty<number, CriticShardSummary>()
  const kept = HashMap.filter(state.shards, (_, other) => other >= step - 1)
  const shards = HashMap.set(kept, step, HashMap.set(before, event.shard, criticSummaryOf(event, sha256)))
  const after = { ...state, shards }
  const whole = wholeStep(after, step)
  if (whole === null) return after
  const hashes = whole.map(({ gradientHash }) => gradientHash)
  return { ...after, gradients: HashMap.set(after.gradients, step, hashes) }
}

const fold = Effect.fn("applyCritic.fold")(function* (
  run: Run,
  state: ApplyCriticState,
  step: number,
  shards: ReadonlyArray<CriticShardSummary>
) {
  const chain = yield* FoldChain
  const { folding } = yield* criticOf(run)
  const before = yield* chain.at(folding, step, state)
  const odd = shards.find(({ criticHash }) => criticHash !== before)
  if (odd !== undefined)
    return yield* new ChainBroken({ runId: run.runId, step, expected: odd.criticHash, actual: before })
  const { snapshotEvery, steps } = run.config
  const isSnapshot = (step + 1) % snapshotEvery === 0 || step + 1 === steps
  const hashes = shards.map(({ gradientHash }) => gradientHash)
  const after = yield* chain.advance(folding, step, hashes, isSnapshot)
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
  initialState: { shards: HashMap.empty(), gradients: HashMap.empty(), snapshots: [] },
  evolve,
  decide
} satisfies Decider<ApplyCriticState, Consumed, unknown, Runs | FoldChain>

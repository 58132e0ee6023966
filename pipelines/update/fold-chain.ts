/**
 * FoldChain: the policy, or critic, of a run at a step, as the fold of its gradients, and one link further.
 *
 * Holds one state for each, in the fold's own thread. Where the state at hand is not the one asked for — after a
 * start, or when another worker folded in between — it is folded again from the nearest snapshot at or before it.
 */
import { Context, Effect, HashMap, Layer, Schema } from "effect"
import { Artifacts, type ArtifactUnreadable, type ArtifactUnwritable } from "../../learning/artifacts.ts"
import { addGradient, type FoldFailed, initialFold } from "../../learning/objective/fold.ts"
import { type FoldStep, PolicyFold } from "../../learning/objective/fold-service.ts"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import type { CheckpointInvalid } from "../../learning/policy/checkpoint/checkpoint-invalid.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import { optimizerHashOf, sha256 } from "./fold-hashes.ts"
import type { Folding } from "./foldings.ts"
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts"

/** Where a chain can be picked up, and what was folded since. */
export interface ChainHistory {
  readonly gradients: HashMap.HashMap<number, ReadonlyArray<Sha256>>
  readonly snapshots: ReadonlyArray<{ readonly step: number; readonly hash: Sha256 }>
}

export interface Link {
  readonly hash: Sha256
  /** SHA-256 of first moments, then second moments, as float32 little-endian. */
  readonly optimizerHash: Sha256
  readonly snapshotHash: Sha256 | null
  readonly gradientNorm: number
  /** Of each parameter, in the layout's order; empty where there were no gradients. */
  readonly parameterNorms: ReadonlyArray<number>
}

/** The log names no gradients for a step that must be folded. */
export class GradientsMissing extends Schema.TaggedError<GradientsMissing>()("GradientsMissing", {
  runId: Schema.String,
  step: Schema.Int
}) {
  override get message(): string {
    return `run ${this.runId}: the log holds no gradients of step ${this.step}, so what follows cannot be folded; check the run's log`
  }
}

type ChainError = ArtifactUnreadable | ArtifactUnwritable | CheckpointInvalid | FoldFailed | GradientsMissing

/** What a chain is folded with. */
interface Means {
  readonly artifacts: Artifacts["Service"]
  readonly folds: PolicyFold["Service"]
}

/** One shard after the other, so that no more than one of them is in memory beside their sum. */
const foldShards = Effect.fn("FoldChain.fold")(function* (
  { artifacts, folds }: Means,
  folding: Folding,
  step: number,
  hashes: ReadonlyArray<Sha256>
) {
  // A step that had nothing to learn from leaves weights and moments as they are.
  if (hashes.length === 0) return yield* folds.read(folding.key)
  // Shared with the fold's thread, not copied to it.
  const sum = new Float32Array(new SharedArrayBuffer(4 * folding.layout.size))
  for (const [shard, hash] of hashes.entries()) {
    const gradient = yield* decodeParameters(folding.layout, yield* artifacts.load(hash), hash)
    if (shard === 0) sum.set(gradient)
    else addGradient(sum, gradient)
  }
  const ends = folding.layout.parameters.map(({ offset, size }) => offset + size)
  return yield* folds.apply(folding.key, [sum], folding.settingsAt(step), ends)
})

const startAt = Effect.fn("FoldChain.startAt")(function* (
  { artifacts, folds }: Means,
  folding: Folding,
  snapshot: { step: number; hash: Sha256 } | undefined
) {
  if (snapshot !== undefined) {
    const state = yield* decodeSnapshot(folding.layout, yield* artifacts.load(snapshot.hash), snapshot.hash)
    yield* folds.open(folding.key, state)
    return { step: snapshot.step, weights: state.weights }
  }
  const { first } = folding
  const weights = yield* decodeParameters(folding.layout, yield* artifacts.load(first), first)
  yield* folds.open(folding.key, initialFold(weights))
  return { step: 0, weights }
})

const store = Effect.fn("FoldChain.store")(function* (
  { artifacts }: Means,
  folding: Folding,
  state: FoldStep,
  isSnapshot: boolean
) {
  const hash = yield* artifacts.store(encodeParameters(folding.layout, state.weights))
  const snapshotHash = isSnapshot ? yield* artifacts.store(encodeSnapshot(state)) : null
  const { gradientNorm, partNorms: parameterNorms } = state
  return { hash, optimizerHash: optimizerHashOf(state), snapshotHash, gradientNorm, parameterNorms }
})

export class FoldChain extends Context.Service<
  FoldChain,
  {
    /** Makes the weights of `step` those at hand; returns the hash of its weights. */
    readonly at: (folding: Folding, step: number, history: ChainHistory) => Effect.Effect<Sha256, ChainError>
    /** Folds one step's gradients, in shard order, into the weights at hand, and stores what comes of it; nothing is folded where there are none. */
    readonly advance: (
      folding: Folding,
      step: number,
      gradientHashes: ReadonlyArray<Sha256>,
      isSnapshot: boolean
    ) => Effect.Effect<Link, ChainError>
  }
>()("onefold/pipelines/update/FoldChain") {
  static readonly layer = Layer.effect(
    FoldChain,
    Effect.gen(function* () {
      const means: Means = { artifacts: yield* Artifacts, folds: yield* PolicyFold }
      const atHand = new Map<string, { readonly step: number; readonly hash: Sha256 }>()

      const at = Effect.fn("FoldChain.at")(function* (folding: Folding, step: number, history: ChainHistory) {
        const current = atHand.get(folding.key)
        if (current?.step === step) return current.hash
        // Until all is folded again, what is at hand lies somewhere in between.
        atHand.delete(folding.key)
        const known = folding.begun === null ? history.snapshots : [folding.begun, ...history.snapshots]
        const snapshots = known.filter((snapshot) => snapshot.step <= step)
        const start = yield* startAt(
          means,
          folding,
          snapshots.reduce<(typeof snapshots)[number] | undefined>(
            (best, each) => (best === undefined || each.step > best.step ? each : best),
            undefined
          )
        )
        let weights = start.weights
        for (let k = Math.max(start.step, folding.firstFold); k < step; k++) {
          const hashes = HashMap.get(history.gradients, k)
          if (hashes._tag === "None") return yield* new GradientsMissing({ runId: folding.runId, step: k })
          weights = (yield* foldShards(means, folding, k, hashes.value)).weights
        }
        const hash = sha256(encodeParameters(folding.layout, weights))
        atHand.set(folding.key, { step, hash })
        return hash
      })

      const advance = Effect.fn("FoldChain.advance")(function* (
        folding: Folding,
        step: number,
        gradientHashes: ReadonlyArray<Sha256>,
        isSnapshot: boolean
      ) {
        // Until the link is stored, what is at hand is nothing that anyone knows.
        atHand.delete(folding.key)
        const link = yield* store(means, folding, yield* foldShards(means, folding, step, gradientHashes), isSnapshot)
        atHand.set(folding.key, { step: step + 1, hash: link.hash })
        return link
      })

      return FoldChain.of({ at, advance })
    })
  )
}

/**
 * A fold done again from bytes: first weights and recorded gradients in, and nothing of what came of them. On the host
 * and in a fixed order, so it gives the same bits on every machine, with or without TensorFlow.
 */
import { Effect } from "effect"
import { Artifacts, ArtifactUnreadable } from "../../learning/artifacts.ts"
import { addGradient, FoldFailed, type FoldState, foldInto, initialFold } from "../../learning/objective/fold.ts"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { CheckpointInvalid } from "../../learning/policy/checkpoint/checkpoint-invalid.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import { optimizerHashOf, sha256 } from "./fold-hashes.ts"
import type { Folding } from "./foldings.ts"
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts"

/** What the log says came of a step. */
export interface RecordedLink {
  readonly hash: Sha256
  readonly optimizerHash: Sha256
  readonly snapshotHash: Sha256 | null
}

/** What the log names of a fold. */
export interface RecordedFold {
  /** By step, each shard's gradient in shard order; null where the log does not name it. */
  readonly gradients: ReadonlyMap<number, ReadonlyArray<Sha256 | null>>
  /** By number of updates, 1 after the first. */
  readonly links: ReadonlyMap<number, RecordedLink>
}

/** The first thing that is not as it was recorded. */
export interface Difference {
  /** Updates that the weights have had after which nothing holds: 1 is the first. */
  readonly step: number
  /** Which gradient shard, counted from 0; null where it is none. */
  readonly shard: number | null
  /** "policy" or "critic", and what of it. */
  readonly what: string
  readonly detail: string
}

const isDamage = (error: unknown): error is ArtifactUnreadable | CheckpointInvalid | FoldFailed =>
  error instanceof ArtifactUnreadable || error instanceof CheckpointInvalid || error instanceof FoldFailed

/** What damage there is, as a difference in place of a failure. */
export const orDifference =
  (of: Omit<Difference, "detail">) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    effect.pipe(
      Effect.as(null),
      Effect.catch((error) =>
        isDamage(error) ? Effect.succeed<Difference>({ ...of, detail: error.message }) : Effect.fail(error)
      )
    )

/** Weights and moments to begin with: those of a snapshot, or the fold's first weights. Fails where they are damaged. */
export const beginFold = Effect.fn("refold.begin")(function* (folding: Folding, snapshot: Sha256 | null) {
  const artifacts = yield* Artifacts
  const hash = snapshot ?? folding.first
  const bytes = yield* artifacts.load(hash)
  if (snapshot !== null) return yield* decodeSnapshot(folding.layout, bytes, hash)
  return initialFold(yield* decodeParameters(folding.layout, bytes, hash))
})

const add = Effect.fn("refold.add")(function* (folding: Folding, sum: Float32Array, hash: Sha256, isFirst: boolean) {
  const gradient = yield* decodeParameters(folding.layout, yield* (yield* Artifacts).load(hash), hash)
  if (isFirst) sum.set(gradient)
  else addGradient(sum, gradient)
})

/** A fold in hand: the state, which each step replaces, and room for the sum of a step's gradients. */
export interface Refolding {
  readonly folding: Folding
  readonly recorded: RecordedFold
  readonly sum: Float32Array
  state: FoldState
}

/** Folds the gradients of one step, one shard after the other. Null, or what stands in the way. */
export const refoldStep = Effect.fn("refold.step")(function* (refolding: Refolding, step: number) {
  const { folding, recorded, state, sum } = refolding
  if (step < folding.firstFold) return null
  const of = { step: step + 1, shard: null, what: `${folding.what}'s gradients` }
  const hashes = recorded.gradients.get(step)
  if (hashes === undefined) return { ...of, detail: "the log names none of them" }
  for (const [shard, hash] of hashes.entries()) {
    const ofShard = { step: step + 1, shard, what: `${folding.what}'s gradient` }
    if (hash === null) return { ...ofShard, detail: "the log does not name it" }
    const damaged = yield* add(folding, sum, hash, shard === 0).pipe(orDifference(ofShard))
    if (damaged !== null) return damaged
  }
  return yield* Effect.try({
    try: () => {
      refolding.state = foldInto(state, [sum], folding.settingsAt(step)).state
    },
    catch: (error) =>
      error instanceof FoldFailed ? error : new FoldFailed({ reason: "crashed", detail: String(error) })
  }).pipe(orDifference({ ...of, what: `${folding.what}'s fold` }))
})

/** SHA-256 of weights and moments, as events name them. */
export const stateHashes = (folding: Folding, state: FoldState) => ({
  hash: sha256(encodeParameters(folding.layout, state.weights)),
  optimizerHash: optimizerHashOf(state)
})

/** Whether what a step left on the disk is whole: its weights where they are kept, and its snapshot. */
const storedDifference = Effect.fn("refold.stored")(function* (
  { folding, state }: Refolding,
  step: number,
  { hash, snapshotHash }: RecordedLink
) {
  const artifacts = yield* Artifacts
  const of = (what: string) => ({ step, shard: null, what: `${folding.what}'s ${what}` })
  if (yield* artifacts.has(hash)) {
    const damaged = yield* artifacts.load(hash).pipe(orDifference(of("stored weights")))
    if (damaged !== null) return damaged
  }
  if (snapshotHash === null) return null
  const snapshot = sha256(encodeSnapshot(state))
  if (snapshot !== snapshotHash)
    return { ...of("snapshot"), detail: `the log says ${snapshotHash}, the fold gives ${snapshot}` }
  return yield* artifacts.load(snapshotHash).pipe(orDifference(of("snapshot")))
})

/** Compares the state in hand with what the log says of it, and what is stored with both. Null where all is equal. */
export const compareStep = Effect.fn("refold.compare")(function* (refolding: Refolding, step: number) {
  const { folding, recorded, state } = refolding
  const link = recorded.links.get(step)
  const of = (what: string) => ({ step, shard: null, what: `${folding.what}'s ${what}` })
  if (link === undefined) return { ...of("update"), detail: "the log does not say what it came to" }
  const actual = stateHashes(folding, state)
  if (actual.hash !== link.hash)
    return { ...of("weights"), detail: `the log says ${link.hash}, the fold gives ${actual.hash}` }
  if (actual.optimizerHash !== link.optimizerHash)
    return { ...of("moments"), detail: `the log says ${link.optimizerHash}, the fold gives ${actual.optimizerHash}` }
  return yield* storedDifference(refolding, step, link)
})

/**
 * PolicyChain: the policy of a run at a step, as the fold of its gradients, and one link further.
 *
 * Holds one state for each run, in the fold's own thread. Where the state at hand is not the one asked for — after a
 * start, or when another worker folded in between — it is folded again from the nearest snapshot at or before it.
 */
import { createHash } from "node:crypto"
import { Context, Effect, HashMap, Layer, Schema } from "effect"
import { Artifacts, type ArtifactUnreadable, type ArtifactUnwritable } from "../../learning/artifacts.ts"
import { addGradient, type FoldFailed, type FoldSettings, initialFold } from "../../learning/objective/fold.ts"
import { type FoldStep, PolicyFold } from "../../learning/objective/fold-service.ts"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import type { CheckpointInvalid } from "../../learning/policy/checkpoint/checkpoint-invalid.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import { firstPolicyOf, type Run } from "../runs.ts"
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts"

/** Where a chain can be picked up, and what was folded since. */
export interface ChainHistory {
  readonly gradients: HashMap.HashMap<number, ReadonlyArray<Sha256>>
  readonly snapshots: ReadonlyArray<{ readonly step: number; readonly hash: Sha256 }>
}

export interface Link {
  readonly policyHash: Sha256
  /** SHA-256 of first moments, then second moments, as float32 little-endian. */
  readonly optimizerHash: Sha256
  readonly snapshotHash: Sha256 | null
  readonly gradientNorm: number
}

/** The log names no gradients for a step that must be folded. */
export class GradientsMissing extends Schema.TaggedError<GradientsMissing>()("GradientsMissing", {
  runId: Schema.String,
  step: Schema.Int
}) {
  override get message(): string {
    return `run ${this.runId}: the log holds no gradients of step ${this.step}, so later policies cannot be folded; check the run's log`
  }
}

type ChainError = ArtifactUnreadable | ArtifactUnwritable | CheckpointInvalid | FoldFailed | GradientsMissing

export const foldSettings = ({ config }: Run): FoldSettings => ({
  learningRate: config.learningRate,
  beta1: config.beta1,
  beta2: config.beta2,
  epsilon: config.adamEpsilon,
  weightDecay: config.weightDecay,
  maxGradientNorm: config.maxGradientNorm
})

const sha256 = (...parts: ReadonlyArray<Uint8Array>): Sha256 => {
  const digest = createHash("sha256")
  for (const part of parts) digest.update(part)
  return digest.digest("hex")
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

export class PolicyChain extends Context.Service<
  PolicyChain,
  {
    /** Makes the policy of `step` the one at hand; returns the hash of its weights. */
    readonly at: (run: Run, step: number, history: ChainHistory) => Effect.Effect<Sha256, ChainError>
    /** Folds one step's gradients, in shard order, into the policy at hand, and stores what comes of it. */
    readonly advance: (
      run: Run,
      step: number,
      gradientHashes: ReadonlyArray<Sha256>,
      isSnapshot: boolean
    ) => Effect.Effect<Link, ChainError>
  }
>()("onefold/pipelines/update/PolicyChain") {
  static readonly layer = Layer.effect(
    PolicyChain,
    Effect.gen(function* () {
      const artifacts = yield* Artifacts
      const folds = yield* PolicyFold
      const atHand = new Map<string, { readonly step: number; readonly policyHash: Sha256 }>()

      /** One shard after the other, so that no more than one of them is in memory beside their sum. */
      const foldStep = Effect.fn("PolicyChain.fold")(function* (run: Run, hashes: ReadonlyArray<Sha256>) {
        // Shared with the fold's thread, not copied to it.
        const sum = new Float32Array(new SharedArrayBuffer(4 * run.layout.size))
        for (const [shard, hash] of hashes.entries()) {
          const gradient = yield* decodeParameters(run.layout, yield* artifacts.load(hash), hash)
          if (shard === 0) sum.set(gradient)
          else addGradient(sum, gradient)
        }
        return yield* folds.apply(run.runId, [sum], foldSettings(run))
      })

      const startAt = Effect.fn("PolicyChain.startAt")(function* (
        run: Run,
        snapshot: { step: number; hash: Sha256 } | undefined
      ) {
        if (snapshot !== undefined) {
          const state = yield* decodeSnapshot(run.layout, yield* artifacts.load(snapshot.hash), snapshot.hash)
          yield* folds.open(run.runId, state)
          return { step: snapshot.step, weights: state.weights }
        }
        const first = firstPolicyOf(run)
        const weights = yield* decodeParameters(run.layout, yield* artifacts.load(first), first)
        yield* folds.open(run.runId, initialFold(weights))
        return { step: 0, weights }
      })

      const at = Effect.fn("PolicyChain.at")(function* (run: Run, step: number, history: ChainHistory) {
        const current = atHand.get(run.runId)
        if (current?.step === step) return current.policyHash
        // Until all is folded again, what is at hand lies somewhere in between.
        atHand.delete(run.runId)
        const snapshots = history.snapshots.filter((snapshot) => snapshot.step <= step)
        const start = yield* startAt(
          run,
          snapshots.reduce<(typeof snapshots)[number] | undefined>(
            (best, each) => (best === undefined || each.step > best.step ? each : best),
            undefined
          )
        )
        let weights = start.weights
        for (let k = start.step; k < step; k++) {
          const hashes = HashMap.get(history.gradients, k)
          if (hashes._tag === "None") return yield* new GradientsMissing({ runId: run.runId, step: k })
          weights = (yield* foldStep(run, hashes.value)).weights
        }
        const policyHash = sha256(encodeParameters(run.layout, weights))
        atHand.set(run.runId, { step, policyHash })
        return policyHash
      })

      const store = Effect.fn("PolicyChain.store")(function* (run: Run, state: FoldStep, isSnapshot: boolean) {
        const policyHash = yield* artifacts.store(encodeParameters(run.layout, state.weights))
        const snapshotHash = isSnapshot ? yield* artifacts.store(encodeSnapshot(state)) : null
        const optimizerHash = sha256(bytesOf(state.firstMoment), bytesOf(state.secondMoment))
        return { policyHash, optimizerHash, snapshotHash, gradientNorm: state.gradientNorm }
      })

      const advance = Effect.fn("PolicyChain.advance")(function* (
        run: Run,
        step: number,
        gradientHashes: ReadonlyArray<Sha256>,
        isSnapshot: boolean
      ) {
        // Until the link is stored, what is at hand is no policy that anyone knows.
        atHand.delete(run.runId)
        const link = yield* store(run, yield* foldStep(run, gradientHashes), isSnapshot)
        atHand.set(run.runId, { step: step + 1, policyHash: link.policyHash })
        return link
      })

      return PolicyChain.of({ at, advance })
    })
  )
}

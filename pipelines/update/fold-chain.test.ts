import { assert, describe, layer } from "@effect/vitest"
import { Effect, HashMap, Layer } from "effect"
import { Artifacts, ArtifactUnwritable } from "../../learning/artifacts.ts"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { PolicyFold } from "../../learning/objective/fold-service.ts"
import { decodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { RunId } from "../../schemas/ids.ts"
import { baseHash, layout, smallRun } from "../small-run.fixture.ts"
import { type ChainHistory, FoldChain } from "./fold-chain.ts"
import { policyFolding } from "./foldings.ts"
import { foldByHand, gradientHashes, storeGradients } from "./gradients.fixture.ts"
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts"

const policy = policyFolding(smallRun())
const steps = 6
const byHand = foldByHand(steps)

/** The log's gradients of steps `from` to `to` - 1, and these snapshots. */
const history = (from: number, to: number, snapshots: ChainHistory["snapshots"] = []): ChainHistory => ({
  gradients: HashMap.fromIterable(
    Array.from({ length: to - from }, (_, i) => [from + i, gradientHashes(from + i)] as const)
  ),
  snapshots
})

const nothing = history(0, 0)

/** A chain that has seen nothing yet, as after a start. */
const started = <A, E, R>(work: Effect.Effect<A, E, R>) => work.pipe(Effect.provide(Layer.fresh(FoldChain.layer)))

/** Stores the whole state of a step, as a snapshot. */
const storeSnapshot = Effect.fn("storeSnapshot")(function* (step: number) {
  return { step, hash: yield* (yield* Artifacts).store(encodeSnapshot(byHand[step].state)) }
})

describe("FoldChain", () => {
  layer(Layer.merge(PolicyFold.layer, memoryArtifacts(1000)))("over the fold's own thread", (it) => {
    it.effect("given gradients step by step, then every policy is the fold by hand, and lies in the artifacts", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const artifacts = yield* Artifacts
          const chain = yield* FoldChain
          assert.strictEqual(yield* chain.at(policy, 0, nothing), baseHash)
          for (let step = 0; step < steps; step++) {
            const { parameterNorms, ...link } = yield* chain.advance(policy, step, gradientHashes(step), false)
            assert.deepStrictEqual(parameterNorms, byHand[step + 1].parameterNorms)
            const { gradientNorm, optimizerHash, policyHash, state } = byHand[step + 1]
            assert.deepStrictEqual(link, { hash: policyHash, optimizerHash, snapshotHash: null, gradientNorm })
            const stored = yield* artifacts.load(link.hash)
            assert.deepStrictEqual(yield* decodeParameters(layout, stored, ""), state.weights)
          }
        })
      )
    )

    it.effect("given that a snapshot is asked for, then it holds all that the next fold depends on", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const chain = yield* FoldChain
          yield* chain.at(policy, 0, nothing)
          const { snapshotHash } = yield* chain.advance(policy, 0, gradientHashes(0), true)
          assert.isNotNull(snapshotHash)
          const bytes = yield* (yield* Artifacts).load(snapshotHash ?? "")
          assert.deepStrictEqual(yield* decodeSnapshot(layout, bytes, ""), byHand[1].state)
        })
      )
    )

    it.effect.each(Array.from({ length: steps }, (_, step) => step))(
      "given a new start at step %d, then it folds the log's gradients again and goes on with the same bits",
      (step) =>
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const snapshots = yield* Effect.forEach([2, 4], storeSnapshot)
          for (const from of [history(0, step), history(0, step, snapshots)]) {
            const link = yield* started(
              Effect.gen(function* () {
                const chain = yield* FoldChain
                assert.strictEqual(yield* chain.at(policy, step, from), byHand[step].policyHash)
                return yield* chain.advance(policy, step, gradientHashes(step), false)
              })
            )
            assert.strictEqual(link.hash, byHand[step + 1].policyHash)
            assert.strictEqual(link.optimizerHash, byHand[step + 1].optimizerHash)
          }
        })
    )

    it.effect(
      "given snapshots before, at and behind a step, then the fold begins at the nearest that is not behind",
      () =>
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const snapshots = yield* Effect.forEach([4, 1, 3], storeSnapshot)
          const at = (step: number, from: ChainHistory) =>
            started(Effect.flatMap(FoldChain, (chain) => chain.at(policy, step, from)))
          // Gradients before the nearest snapshot are not there, so whoever asked for them would fail.
          assert.strictEqual(yield* at(5, history(4, 5, snapshots)), byHand[5].policyHash)
          assert.strictEqual(yield* at(4, history(4, 4, snapshots)), byHand[4].policyHash)
          assert.strictEqual(yield* at(2, history(1, 2, snapshots)), byHand[2].policyHash)
        })
    )

    it.effect("given that the policy asked for is at hand, then nothing is read or folded", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const chain = yield* FoldChain
          yield* chain.at(policy, 3, history(0, 3))
          assert.strictEqual(yield* chain.at(policy, 3, nothing), byHand[3].policyHash)
          yield* chain.advance(policy, 3, gradientHashes(3), false)
          assert.strictEqual(yield* chain.at(policy, 4, nothing), byHand[4].policyHash)
        })
      )
    )

    it.effect("given that another step is asked for than the one at hand, then it is folded anew", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const chain = yield* FoldChain
          for (const step of [5, 2, 3]) {
            assert.strictEqual(yield* chain.at(policy, step, history(0, 5)), byHand[step].policyHash)
          }
          const link = yield* chain.advance(policy, 3, gradientHashes(3), false)
          assert.strictEqual(link.hash, byHand[4].policyHash)
        })
      )
    )

    it.effect("given a log that lacks the gradients of a step, then it says which", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const chain = yield* FoldChain
          const failure = yield* Effect.flip(
            chain.at(policy, 4, { ...nothing, gradients: HashMap.remove(history(0, 4).gradients, 2) })
          )
          assert.strictEqual(failure._tag, "GradientsMissing")
          assert.include(failure.message, "no gradients of step 2")
        })
      )
    )

    it.effect("given a fold that stopped half-way, then what is at hand is not taken for what was", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const chain = yield* FoldChain
          yield* chain.at(policy, 1, history(0, 1))
          yield* Effect.flip(chain.at(policy, 5, history(0, 4)))
          assert.strictEqual(yield* chain.at(policy, 1, history(0, 1)), byHand[1].policyHash)
          const link = yield* chain.advance(policy, 1, gradientHashes(1), false)
          assert.strictEqual(link.hash, byHand[2].policyHash)
        })
      )
    )

    it.effect("given a step that fails, then the chain folds again before it goes on", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const chain = yield* FoldChain
          yield* chain.at(policy, 1, history(0, 1))
          const failure = yield* Effect.flip(chain.advance(policy, 1, ["0".repeat(64)], false))
          assert.strictEqual(failure._tag, "ArtifactUnreadable")
          assert.strictEqual(yield* chain.at(policy, 1, history(0, 1)), byHand[1].policyHash)
          const link = yield* chain.advance(policy, 1, gradientHashes(1), false)
          assert.strictEqual(link.hash, byHand[2].policyHash)
        })
      )
    )

    it.effect("given a policy that was folded and could not be stored, then the step is folded again from before", () =>
      Effect.gen(function* () {
        yield* storeGradients(steps)
        const artifacts = yield* Artifacts
        let isFull = false
        const full = new ArtifactUnwritable({ place: "memory", reason: "full", detail: "no room is left" })
        const filling = Artifacts.of({
          ...artifacts,
          store: (bytes) => (isFull ? Effect.fail(full) : artifacts.store(bytes))
        })
        yield* started(
          Effect.gen(function* () {
            const chain = yield* FoldChain
            yield* chain.at(policy, 1, history(0, 1))
            isFull = true
            const failure = yield* Effect.flip(chain.advance(policy, 1, gradientHashes(1), false))
            assert.strictEqual(failure._tag, "ArtifactUnwritable")
            isFull = false
            yield* chain.at(policy, 1, history(0, 1))
            const link = yield* chain.advance(policy, 1, gradientHashes(1), false)
            assert.strictEqual(link.hash, byHand[2].policyHash)
          })
        ).pipe(Effect.provideService(Artifacts, filling))
      })
    )

    it.effect("given a gradient of another shape, then it is refused by name", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const hash = yield* (yield* Artifacts).store(encodeSnapshot(byHand[1].state))
          const chain = yield* FoldChain
          yield* chain.at(policy, 0, nothing)
          const failure = yield* Effect.flip(chain.advance(policy, 0, [hash], false))
          assert.strictEqual(failure._tag, "CheckpointInvalid")
          assert.include(failure.message, hash)
        })
      )
    )

    it.effect("given a step without gradients, then weights and moments stay as they are and the chain goes on", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const chain = yield* FoldChain
          yield* chain.at(policy, 1, history(0, 1))
          const { gradientNorm, hash, optimizerHash } = yield* chain.advance(policy, 1, [], false)
          assert.deepStrictEqual([hash, optimizerHash], [byHand[1].policyHash, byHand[1].optimizerHash])
          assert.strictEqual(gradientNorm, 0)
          const link = yield* chain.advance(policy, 2, gradientHashes(1), false)
          assert.strictEqual(link.hash, byHand[2].policyHash)
          const gradients = HashMap.set(history(0, 1).gradients, 1, [])
          assert.strictEqual(
            yield* started(Effect.flatMap(FoldChain, (anew) => anew.at(policy, 2, { gradients, snapshots: [] }))),
            byHand[1].policyHash
          )
        })
      )
    )

    it.effect("given two runs in turn, then neither disturbs the other", () =>
      started(
        Effect.gen(function* () {
          yield* storeGradients(steps)
          const other = { ...policy, runId: RunId.make("other-run"), key: "other-run" }
          const chain = yield* FoldChain
          yield* chain.at(policy, 0, nothing)
          yield* chain.at(other, 2, history(0, 2))
          for (const [of, step] of [
            [policy, 0],
            [other, 2],
            [policy, 1],
            [other, 3]
          ] as const) {
            const { hash } = yield* chain.advance(of, step, gradientHashes(step), false)
            assert.strictEqual(hash, byHand[step + 1].policyHash)
          }
        })
      )
    )
  })
})

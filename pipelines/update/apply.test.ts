import { assert, describe, layer } from "@effect/vitest"
import { Effect, HashMap, Layer, Schema } from "effect"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { PolicyFold } from "../../learning/objective/fold-service.ts"
import { delivered, graded, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import { interleaved, shuffled } from "../../platform/stream/order.fixture.ts"
import type { EventOf } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { PolicyUpdated } from "../../schemas/policy-updated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { knowing, smallRun } from "../small-run.fixture.ts"
import { type ApplyState, apply } from "./apply.ts"
import { FoldChain } from "./fold-chain.ts"
import { foldByHand, gradientHashes, shards, storeGradients } from "./gradients.fixture.ts"

type Consumed = EventOf<"GradientComputed" | "RolloutGraded" | "PolicyUpdated">

const run = smallRun()
const { steps } = run.config
const byHand = foldByHand(steps)

const computed = (step: number, shard: number): GradientComputed =>
  new GradientComputed({
    ...goldenEvents.GradientComputed,
    runId,
    step,
    shard,
    shards,
    policyHash: byHand[step].policyHash,
    gradientHash: gradientHashes(step)[shard]
  })
const gradients = (step: number): ReadonlyArray<GradientComputed> =>
  Array.from({ length: shards }, (_, shard) => computed(step, shard))

/** Verdicts on all rollouts of a step; every third is right. */
const verdicts = (step: number): ReadonlyArray<RolloutGraded> =>
  run.examples.flatMap(({ id }, p) =>
    Array.from({ length: 4 }, (_, sampleIndex) => {
      const right = (4 * p + sampleIndex) % 3 === 0
      const verdict = right ? ("correct" as const) : ("incorrect" as const)
      return graded({ step, promptId: id, sampleIndex, reward: right ? 1 : 0, verdict })
    })
  )

const updatesIn = (events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<PolicyUpdated> =>
  events.filter((event) => event._tag === "PolicyUpdated")

/** Plays on a chain that has seen nothing yet, as after a start. */
const afterStart = (events: ReadonlyArray<Consumed>, state: ApplyState = apply.initialState, of = run) =>
  play(apply, events, state).pipe(Effect.provide(Layer.merge(knowing(of), Layer.fresh(FoldChain.layer))))

/** What a new start knows: the fold of the events before it. */
const folded = (events: ReadonlyArray<Consumed>): ApplyState =>
  events.reduce<ApplyState>((state, event) => apply.evolve(state, delivered(event)), apply.initialState)

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))

describe("apply", () => {
  layer(Layer.merge(PolicyFold.layer, memoryArtifacts(1000)))("over the fold's own thread", (it) => {
    it.effect("given a run of steps, then every policy is the fold by hand of the gradients so far", () =>
      Effect.gen(function* () {
        yield* storeGradients(steps)
        const events = Array.from({ length: steps }, (_, step) => [...verdicts(step), ...gradients(step)]).flat()
        const { outputs } = yield* afterStart(events)
        const updates = updatesIn(outputs)
        assert.lengthOf(updates, steps)
        for (const [i, update] of updates.entries()) {
          assert.deepInclude(update, {
            runId,
            step: i + 1,
            policyHash: byHand[i + 1].policyHash,
            previousPolicyHash: byHand[i].policyHash,
            optimizerHash: byHand[i + 1].optimizerHash,
            gradientHashes: gradientHashes(i)
          })
          assert.strictEqual(update.metrics.gradientNorm, byHand[i + 1].gradientNorm)
          assert.deepStrictEqual(
            update.gradientNorms,
            run.layout.parameters.map(({ name }, p) => ({ parameter: name, norm: byHand[i + 1].parameterNorms[p] }))
          )
        }
      })
    )

    it.effect(
      "given a run that stores every second policy whole, then those and the last one name their snapshot",
      () =>
        Effect.gen(function* () {
          yield* storeGradients(3)
          const events = Array.from({ length: 3 }, (_, step) => [...verdicts(step), ...gradients(step)]).flat()
          const { outputs } = yield* afterStart(events, apply.initialState, smallRun({ steps: 3 }))
          assert.deepStrictEqual(
            updatesIn(outputs).map(({ snapshotHash }) => snapshotHash !== null),
            [false, true, true]
          )
        })
    )

    it.effect.prop(
      "given gradients and verdicts in any order, then the policy is written once, by the last of them, always the same",
      { seed: Seed },
      ({ seed }) =>
        Effect.gen(function* () {
          yield* storeGradients(1)
          const inOrder = [...verdicts(0), ...gradients(0)]
          const arrived = shuffled<Consumed>(inOrder, seed)
          assert.deepStrictEqual((yield* afterStart(arrived.slice(0, -1))).outputs, [])
          const { outputs } = yield* afterStart(arrived)
          assert.lengthOf(outputs, 1)
          assert.deepStrictEqual(outputs, (yield* afterStart(inOrder)).outputs)
        }),
      { arbitrary: { runs: 15 } }
    )

    it.effect("given a step, then its figures are of its own rollouts and shards", () =>
      Effect.gen(function* () {
        yield* storeGradients(1)
        const [{ metrics }] = updatesIn((yield* afterStart([...verdicts(0), ...gradients(0)])).outputs)
        assert.strictEqual(metrics.solvedShare, 3 / 8)
        assert.strictEqual(metrics.tokens, 2 * goldenEvents.GradientComputed.logProbs.length)
        assert.strictEqual(metrics.learningRate, run.config.learningRate)
        // Groups of two: (1, 0) (0, 1) (0, 0) (1, 0)
        assert.strictEqual(metrics.zeroSignalGroups, 1 / 4)
      })
    )

    it.effect("given another gradient, then the policy names another cause", () =>
      Effect.gen(function* () {
        yield* storeGradients(1)
        const [first] = updatesIn((yield* afterStart([...verdicts(0), ...gradients(0)])).outputs)
        const noted = new GradientComputed({ ...computed(0, 0), mismatch: 0.5 })
        const [second] = updatesIn((yield* afterStart([...verdicts(0), noted, computed(0, 1)])).outputs)
        assert.strictEqual(first.causes[0].id, second.causes[0].id)
        assert.notStrictEqual(first.causes[0].sha256, second.causes[0].sha256)
      })
    )

    /** The whole run as it lies in the log, its own policies read back. */
    const wholeLog = Effect.gen(function* () {
      yield* storeGradients(steps)
      const inputs = Array.from({ length: steps }, (_, step) => [...verdicts(step), ...gradients(step)])
      const { outputs } = yield* afterStart(inputs.flat())
      const updates = updatesIn(outputs)
      return { updates, events: inputs.flatMap((input, step): ReadonlyArray<Consumed> => [...input, updates[step]]) }
    })

    it.effect(
      "given a kill after any event, then a new start writes what was still to be written, with the same bits",
      () =>
        Effect.gen(function* () {
          const { events, updates } = yield* wholeLog
          for (let cut = 0; cut < events.length; cut++) {
            const written = updatesIn((yield* afterStart(events.slice(0, cut))).outputs)
            const { outputs } = yield* afterStart(events.slice(cut), folded(events.slice(0, cut)))
            assert.deepStrictEqual([...written, ...updatesIn(outputs)], updates, `after ${cut} events`)
          }
        })
    )

    it.effect("given topics read back one after the other, then a new start knows as much as if they came mixed", () =>
      Effect.gen(function* () {
        const { events, updates } = yield* wholeLog
        const before = events.filter((event) => event.step < 3 || (event._tag === "PolicyUpdated" && event.step === 3))
        const topics = (["GradientComputed", "RolloutGraded", "PolicyUpdated"] as const).map((tag) =>
          before.filter((event) => event._tag === tag)
        )
        const rest = events.filter((event) => event.step === 3 && event._tag !== "PolicyUpdated")
        for (const order of [topics, topics.toReversed(), [interleaved(topics, 1)]]) {
          const { outputs } = yield* afterStart(rest, folded(order.flat()))
          assert.deepStrictEqual(updatesIn(outputs), [updates[3]])
        }
      })
    )

    it.effect("given gradients of another policy than the fold's, then it stops and names both", () =>
      Effect.gen(function* () {
        yield* storeGradients(1)
        const foreign = gradients(0).map((event) => new GradientComputed({ ...event, policyHash: hash("e") }))
        const failure = yield* Effect.flip(afterStart([...verdicts(0), ...foreign]))
        assert.strictEqual(failure._tag, "ChainBroken")
        for (const word of [runId, "step 0", hash("e"), byHand[0].policyHash]) assert.include(failure.message, word)
      })
    )

    it.effect("given a log without the gradients of an earlier step, then it stops and names the step", () =>
      Effect.gen(function* () {
        yield* storeGradients(steps)
        const failure = yield* Effect.flip(afterStart([...verdicts(1), ...gradients(1)]))
        assert.strictEqual(failure._tag, "GradientsMissing")
        assert.include(failure.message, "step 0")
      })
    )

    it.effect("given a long run, then figures of the newest steps alone are kept, and all gradients' hashes", () =>
      Effect.gen(function* () {
        const { events } = yield* wholeLog
        const state = folded(events)
        assert.sameMembers([...HashMap.keys(state.shards)], [steps - 2, steps - 1])
        assert.lengthOf([...HashMap.keys(state.gradients)], steps)
        assert.deepStrictEqual(
          state.snapshots.map(({ step }) => step),
          [2, 4]
        )
      })
    )
  })
})

import { assert, describe, layer } from "@effect/vitest"
import { Effect, HashMap, Layer, Schema } from "effect"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { PolicyFold } from "../../learning/objective/fold-service.ts"
import { delivered, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import { shuffled } from "../../platform/stream/order.fixture.ts"
import type { EventOf } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import type { CriticUpdated } from "../../schemas/critic-updated.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { criticHash, criticLayout, knowing, ppo, smallRun } from "../small-run.fixture.ts"
import { type ApplyCriticState, applyCritic } from "./apply-critic.ts"
import { FoldChain } from "./fold-chain.ts"
import { criticByHand, gradientHashes, shards, storeGradients } from "./gradients.fixture.ts"

type Consumed = EventOf<(typeof applyCritic.consumes)[number]>

/** A critic whose every setting is another one than the policy's. */
const settings = {
  ...{ learningRate: 0.02, weightDecay: 0.1, beta1: 0.8, beta2: 0.99, adamEpsilon: 1e-6, maxGradientNorm: 0.5 }
}
const run = smallRun({ ...ppo, critic: { ...ppo.critic, ...settings } })
const { steps } = run.config
const byHand = criticByHand(steps, { ...settings, epsilon: settings.adamEpsilon })

const gradients = (step: number, of: number = step): ReadonlyArray<CriticGradientComputed> =>
  Array.from(
    { length: shards },
    (_, shard) =>
      new CriticGradientComputed({
        ...goldenEvents.CriticGradientComputed,
        ...{ runId, step, rolloutStep: step, shard, shards, loss: 0.25 },
        criticHash: byHand[step].policyHash,
        gradientHash: gradientHashes(of, criticLayout)[shard]
      })
  )

const updatesIn = (events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<CriticUpdated> =>
  events.filter((event) => event._tag === "CriticUpdated")

/** Plays on a chain that has seen nothing yet, as after a start. */
const afterStart = (events: ReadonlyArray<Consumed>, state: ApplyCriticState = applyCritic.initialState, of = run) =>
  play(applyCritic, events, state).pipe(Effect.provide(Layer.merge(knowing(of), Layer.fresh(FoldChain.layer))))

const folded = (events: ReadonlyArray<Consumed>): ApplyCriticState =>
  events.reduce<ApplyCriticState>(
    (state, event) => applyCritic.evolve(state, delivered(event)),
    applyCritic.initialState
  )

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))

describe("apply-critic", () => {
  layer(Layer.merge(PolicyFold.layer, memoryArtifacts(1000)))("over the fold's own thread", (it) => {
    const all = Array.from({ length: steps }, (_, step) => gradients(step))

    it.effect("given a run of steps, then every critic is the fold by hand, by the critic's own settings", () =>
      Effect.gen(function* () {
        yield* storeGradients(steps, criticLayout)
        const updates = updatesIn((yield* afterStart(all.flat())).outputs)
        assert.lengthOf(updates, steps)
        assert.strictEqual(updates[0].previousCriticHash, criticHash)
        for (const [i, update] of updates.entries()) {
          assert.deepInclude(update, {
            step: i + 1,
            criticHash: byHand[i + 1].policyHash,
            previousCriticHash: byHand[i].policyHash,
            optimizerHash: byHand[i + 1].optimizerHash,
            gradientHashes: gradientHashes(i, criticLayout)
          })
          assert.deepInclude(update.metrics, {
            gradientNorm: byHand[i + 1].gradientNorm,
            learningRate: 0.02,
            loss: 0.5
          })
          assert.strictEqual(update.snapshotHash !== null, (i + 1) % 2 === 0)
        }
      })
    )

    it.effect.prop(
      "given a step's shards in any order, then the critic is written once, by the last of them, always the same",
      { seed: Seed },
      ({ seed }) =>
        Effect.gen(function* () {
          yield* storeGradients(1, criticLayout)
          const arrived = shuffled(gradients(0), seed)
          assert.deepStrictEqual((yield* afterStart(arrived.slice(0, -1))).outputs, [])
          assert.deepStrictEqual((yield* afterStart(arrived)).outputs, (yield* afterStart(gradients(0))).outputs)
        }),
      { arbitrary: { runs: 4 } }
    )

    it.effect("given a kill after any event, then a new start writes what was still to be written, the same bits", () =>
      Effect.gen(function* () {
        yield* storeGradients(steps, criticLayout)
        const updates = updatesIn((yield* afterStart(all.flat())).outputs)
        const events = all.flatMap((step, i): ReadonlyArray<Consumed> => [...step, updates[i]])
        for (let cut = 0; cut < events.length; cut++) {
          const written = updatesIn((yield* afterStart(events.slice(0, cut))).outputs)
          const { outputs } = yield* afterStart(events.slice(cut), folded(events.slice(0, cut)))
          assert.deepStrictEqual([...written, ...updatesIn(outputs)], updates, `after ${cut} events`)
        }
        const state = folded(events)
        assert.sameMembers([...HashMap.keys(state.shards)], [steps - 2, steps - 1])
        assert.deepStrictEqual(
          state.snapshots.map(({ step }) => step),
          [2, 4]
        )
      })
    )

    it.effect("given that its own events are read late, then a new start folds from the first gradient on", () =>
      Effect.gen(function* () {
        yield* storeGradients(steps, criticLayout)
        const updates = updatesIn((yield* afterStart(all.flat())).outputs)
        const { outputs } = yield* afterStart(gradients(3), folded(all.slice(0, 3).flat()))
        assert.deepStrictEqual(outputs, [updates[3]])
      })
    )

    it.effect("given gradients of another critic than the fold's, then it stops and names both", () =>
      Effect.gen(function* () {
        yield* storeGradients(1, criticLayout)
        const foreign = gradients(0).map((event) => new CriticGradientComputed({ ...event, criticHash: hash("e") }))
        const failure = yield* Effect.flip(afterStart(foreign))
        assert.strictEqual(failure._tag, "ChainBroken")
        for (const word of [runId, "step 0", "critic", hash("e"), criticHash]) assert.include(failure.message, word)
      })
    )

    it.effect("given a run without a critic, then its gradients are refused by name", () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(afterStart(gradients(0), applyCritic.initialState, smallRun()))
        assert.strictEqual(failure._tag, "NoCritic")
        assert.include(failure.message, runId)
      })
    )
  })
})

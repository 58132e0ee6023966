/** The policy's fold where a batch has several updates, and where it waits for its critic. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { PolicyFold } from "../../learning/objective/fold-service.ts"
import { delivered, graded, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import { interleaved, permutations, shuffled } from "../../platform/stream/order.fixture.ts"
import { causeOf, type EventOf } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { CriticUpdated } from "../../schemas/critic-updated.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { PolicyUpdated } from "../../schemas/policy-updated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { baseHash, knowing, ppo, smallRun } from "../small-run.fixture.ts"
import { type ApplyState, apply } from "./apply.ts"
import { FoldChain } from "./fold-chain.ts"
import { foldByHand, gradientHashes, shards, storeGradients } from "./gradients.fixture.ts"

type Consumed = EventOf<(typeof apply.consumes)[number]>

/** Gradients of a step, taken of this policy. */
const gradients = (step: number, policyHash: string): ReadonlyArray<GradientComputed> =>
  Array.from(
    { length: shards },
    (_, shard) =>
      new GradientComputed({
        ...goldenEvents.GradientComputed,
        ...{ runId, step, shard, shards, policyHash, gradientHash: gradientHashes(step)[shard] }
      })
  )

/** Verdicts on all rollouts of a batch; the first `right` of them are right. */
const verdicts = (step: number, right: number): ReadonlyArray<RolloutGraded> =>
  smallRun().examples.flatMap(({ id }, p) =>
    Array.from({ length: 4 }, (_, sampleIndex) => {
      const isRight = 4 * p + sampleIndex < right
      const verdict = isRight ? ("correct" as const) : ("incorrect" as const)
      return graded({ step, promptId: id, sampleIndex, reward: isRight ? 1 : 0, verdict })
    })
  )

const criticAt = (step: number): CriticUpdated =>
  new CriticUpdated({ ...goldenEvents.CriticUpdated, runId, step, criticHash: hash(`${step}`) })

const updatesIn = (events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<PolicyUpdated> =>
  events.filter((event) => event._tag === "PolicyUpdated")

/** Plays on a chain that has seen nothing yet, as after a start. */
const afterStart = (run: ReturnType<typeof smallRun>, events: ReadonlyArray<Consumed>, state?: ApplyState) =>
  Effect.map(play(apply, events, state ?? apply.initialState), ({ outputs }) => updatesIn(outputs)).pipe(
    Effect.provide(Layer.merge(knowing(run), Layer.fresh(FoldChain.layer)))
  )

/** What a new start knows: the fold of the events before it. */
const folded = (events: ReadonlyArray<Consumed>): ApplyState =>
  events.reduce<ApplyState>((state, event) => apply.evolve(state, delivered(event)), apply.initialState)

describe("apply", () => {
  layer(Layer.merge(PolicyFold.layer, memoryArtifacts(1000)))("over batches", (it) => {
    it.effect("given two updates a batch, then the second is folded like any, and its rewards are the batch's", () =>
      Effect.gen(function* () {
        yield* storeGradients(4)
        const run = smallRun({ updatesPerBatch: 2 })
        const byHand = foldByHand(4, run)
        const step = (k: number) => gradients(k, byHand[k].policyHash)
        const batches = [...verdicts(0, 2), ...step(0), ...step(1), ...verdicts(2, 6), ...step(2), ...step(3)]
        const updates = yield* afterStart(run, batches)
        assert.deepStrictEqual(
          updates.map(({ policyHash }) => policyHash),
          byHand.slice(1).map(({ policyHash }) => policyHash)
        )
        assert.deepStrictEqual(
          updates.map(({ metrics }) => metrics.rewardMean),
          [2 / 8, 2 / 8, 6 / 8, 6 / 8]
        )
      })
    )

    const warmUp = smallRun({ ...ppo, critic: { ...ppo.critic, warmUpBatches: 1 } })
    const longWarmUp = smallRun({ ...ppo, critic: { ...ppo.critic, warmUpBatches: 3 } })

    it.effect("given a batch that only the critic learns from, then the policy goes forward with it as it was", () =>
      Effect.gen(function* () {
        yield* storeGradients(1)
        assert.deepStrictEqual(yield* afterStart(warmUp, verdicts(0, 3)), [])
        const [update, ...more] = yield* afterStart(warmUp, [...verdicts(0, 3), criticAt(1)])
        assert.deepStrictEqual(more, [])
        assert.deepInclude(update, { step: 1, policyHash: baseHash, previousPolicyHash: baseHash, gradientHashes: [] })
        assert.deepStrictEqual(update.gradientNorms, [])
        assert.deepInclude(update.metrics, { rewardMean: 3 / 8, solvedShare: 3 / 8, learningRate: 0, gradientNorm: 0 })
      })
    )

    it.effect(
      "given critic and verdicts in any order, then it goes forward once, and names the critic as its cause",
      () =>
        Effect.gen(function* () {
          yield* storeGradients(1)
          const inputs: ReadonlyArray<Consumed> = [...verdicts(0, 3), criticAt(1)]
          const expected = yield* afterStart(warmUp, inputs)
          assert.deepStrictEqual(expected[0].causes, [causeOf(delivered(criticAt(1)))])
          for (let seed = 0; seed < 12; seed++) {
            const arrived = shuffled(inputs, seed)
            assert.deepStrictEqual(yield* afterStart(warmUp, arrived), expected)
            for (const cut of [1, 4, 8]) {
              const before = yield* afterStart(warmUp, arrived.slice(0, cut))
              const after = yield* afterStart(warmUp, arrived.slice(cut), folded(arrived.slice(0, cut)))
              assert.deepStrictEqual([...before, ...after], expected, `seed ${seed}, killed after ${cut}`)
            }
          }
        })
    )

    it.effect(
      "given a warm-up of several batches, then each waits for its own critic, and then the policy learns",
      () =>
        Effect.gen(function* () {
          yield* storeGradients(4)
          const events: ReadonlyArray<Consumed> = [
            ...[0, 1, 2].flatMap((step): ReadonlyArray<Consumed> => [...verdicts(step, 4), criticAt(step + 1)]),
            ...verdicts(3, 4),
            ...gradients(3, baseHash)
          ]
          const updates = yield* afterStart(longWarmUp, events)
          assert.deepStrictEqual(
            updates.map(({ policyHash, step }) => [step, policyHash === baseHash]),
            [
              [1, true],
              [2, true],
              [3, true],
              [4, false]
            ]
          )
          assert.strictEqual(updates[3].metrics.learningRate, longWarmUp.config.learningRate)
        })
    )

    it.effect("given a learning rate that rises, then it begins to once the policy learns", () =>
      Effect.gen(function* () {
        yield* storeGradients(4)
        const run = smallRun({ ...warmUp.config, warmUpSteps: 4 })
        // The first of the policy's own updates has learning rate 0, and leaves it where it was.
        const learning = [1, 2].flatMap((step) => [...verdicts(step, 3), ...gradients(step, baseHash)])
        const updates = yield* afterStart(run, [...verdicts(0, 3), criticAt(1), ...learning])
        assert.deepStrictEqual(
          updates.map(({ metrics }) => metrics.learningRate),
          [0, 0, run.config.learningRate / 4]
        )
      })
    )

    it.effect(
      "given a new start whose own policies are read after the first gradients, then it folds all the same",
      () =>
        Effect.gen(function* () {
          yield* storeGradients(4)
          const [last, ...none] = yield* afterStart(warmUp, [...verdicts(1, 3), ...gradients(1, baseHash)])
          assert.deepStrictEqual(none, [])
          const story = [...verdicts(0, 3), criticAt(1)]
          const [first] = yield* afterStart(warmUp, story)
          for (const [gradient, verdict, policy] of permutations<ReadonlyArray<Consumed>>([
            gradients(1, baseHash),
            verdicts(1, 3),
            [first]
          ]))
            assert.deepStrictEqual(yield* afterStart(warmUp, [gradient, verdict, policy].flat(), folded(story)), [last])
        })
    )

    it.effect("given topics read back one after the other, then a new start knows as much as if they came mixed", () =>
      Effect.gen(function* () {
        yield* storeGradients(4)
        const run = smallRun({ ...ppo, updatesPerBatch: 2, critic: { ...ppo.critic, warmUpBatches: 1 } })
        const [second] = foldByHand(3, run)
        const inputs: ReadonlyArray<Consumed> = [...verdicts(0, 3), criticAt(1), criticAt(2), ...verdicts(2, 5)]
        const whole = [...inputs, ...gradients(2, second.policyHash)]
        const updates = yield* afterStart(run, whole)
        assert.lengthOf(updates, 3)
        const topics = [
          verdicts(0, 3).concat(verdicts(2, 5)),
          [criticAt(1), updates[0], criticAt(2), updates[1], criticAt(3)]
        ]
        for (const order of [topics, topics.toReversed(), [interleaved<Consumed>(topics, 1)]])
          assert.deepStrictEqual(yield* afterStart(run, gradients(2, second.policyHash), folded(order.flat())), [
            updates[2]
          ])
      })
    )
  })
})

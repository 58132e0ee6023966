import { assert, describe, it } from "@effect/vitest"
import { Effect, HashMap, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { delivered, generated, graded, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import { shuffled } from "../../platform/stream/order.fixture.ts"
import type { EventOf } from "../../platform/stream/stage.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { causesDigest } from "../causes.ts"
import { baseHash, knowing, policyHash, smallRun } from "../small-run.fixture.ts"
import { group } from "./group.ts"
import { decodeShard } from "./pack.ts"

type Consumed = EventOf<"RolloutGenerated" | "RolloutGraded">

const run = smallRun()
const promptIds = run.examples.map(({ id }) => id)
const samples = 4

const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))

/** Every rollout of a step, example by example, sample by sample; the i-th has 1 + i % 3 tokens. */
const rolloutsOf = (step: number): ReadonlyArray<RolloutGenerated> =>
  promptIds.flatMap((promptId, p) =>
    Array.from({ length: samples }, (_, sampleIndex) => {
      const length = 1 + ((p * samples + sampleIndex) % 3)
      return generated({
        step,
        promptId,
        sampleIndex,
        cohort: sampleIndex % 2,
        policyHash: policyHash(step),
        tokens: new Int32Array(length).fill(2 + sampleIndex),
        logProbs: new Float32Array(length).fill(-0.5),
        entropies: new Float32Array(length)
      })
    })
  )

/** A verdict on each of them; rewards in the same order, null where unknown. */
const verdictsOf = (step: number, rewards: ReadonlyArray<number | null>): ReadonlyArray<RolloutGraded> =>
  rolloutsOf(step).map(({ promptId, sampleIndex }, i) =>
    graded({ step, promptId, sampleIndex, reward: rewards[i], verdict: rewards[i] === null ? "unknown" : "correct" })
  )

const rewards = [1, 0, 1, 1, 0, 0, 0, 1]
const inputs: ReadonlyArray<Consumed> = [...rolloutsOf(0), ...verdictsOf(0, rewards)]

const world = (of = run) => Layer.merge(knowing(of), Layer.fresh(memoryArtifacts(64)))

const requestsOf = (events: ReadonlyArray<Consumed>, of = run) =>
  Effect.map(play(group, events), ({ outputs }) => outputs).pipe(Effect.provide(world(of)))

/** Advantages by `prompt/sample`, as they lie in the packed shards. */
const advantagesOf = (events: ReadonlyArray<Consumed>, of = run) =>
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    const { outputs } = yield* play(group, events)
    const found = new Map<string, number>()
    for (const { packedHash } of outputs.filter((event) => event._tag === "GradientRequested")) {
      const { advantages, rollouts } = yield* decodeShard(yield* artifacts.load(packedHash))
      let from = 0
      for (const { length, promptId, sampleIndex } of rollouts) {
        const own = advantages.subarray(from, from + length)
        assert.isTrue(own.every((advantage) => advantage === own[0]))
        found.set(`${promptId}/${sampleIndex}`, own[0])
        from += length
      }
    }
    return rolloutsOf(0).map(({ promptId, sampleIndex }) => found.get(`${promptId}/${sampleIndex}`))
  }).pipe(Effect.provide(world(of)))

/** (1 - 1/2) / (sqrt(1/2) + 1e-6), of a group of two with one right answer. */
const won = Math.fround(0.5 / (Math.SQRT1_2 + 1e-6))

describe("group", () => {
  it.effect("given all rollouts and verdicts of a step, then the batch is asked for in shards, once", () =>
    Effect.gen(function* () {
      const requests = yield* requestsOf(inputs)
      assert.deepStrictEqual(
        requests.map(({ eventId }) => eventId),
        [`${runId}/0/shard/0`, `${runId}/0/shard/1`]
      )
      const tokens = rolloutsOf(0).reduce((sum, rollout) => sum + rollout.tokens.length, 0)
      for (const request of requests)
        assert.deepInclude(request, {
          shards: 2,
          rollouts: 4,
          batchTokens: tokens,
          policyHash: baseHash,
          referenceHash: baseHash
        })
      assert.strictEqual(
        requests.reduce((sum, request) => sum + (request._tag === "GradientRequested" ? request.tokens : 0), 0),
        tokens
      )
    })
  )

  it.effect("given a loss without a KL term, then no reference is asked for", () =>
    Effect.gen(function* () {
      const requests = yield* requestsOf(inputs, smallRun({ klCoefficient: 0 }))
      for (const request of requests) assert.propertyVal(request, "referenceHash", null)
    })
  )

  it.effect.each(inputs.map(({ eventId }, i) => [eventId.slice(runId.length + 1), i] as const))(
    "given all but %s, then it waits",
    ([, missing]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* requestsOf(inputs.filter((_, i) => i !== missing)), [])
      })
  )

  it.effect.prop(
    "given any order of arrival, then shards and requests are the same to the byte",
    { seed: Seed },
    (drawn) =>
      Effect.gen(function* () {
        const arrived = shuffled(inputs, drawn.seed)
        const before = yield* requestsOf(arrived.slice(0, -1))
        assert.deepStrictEqual(before, [])
        assert.deepStrictEqual(yield* requestsOf(arrived), yield* requestsOf(inputs))
      })
  )

  it.effect("given a batch, then its cause is every rollout with its verdict, sample by sample, by id and hash", () =>
    Effect.gen(function* () {
      const verdicts = verdictsOf(0, rewards)
      const inOrder = rolloutsOf(0).flatMap((rollout, i) => [delivered(rollout), delivered(verdicts[i])])
      const causes = [causesDigest(`${runId}/0/rollouts`, inOrder)]
      for (const request of yield* requestsOf(inputs)) assert.deepInclude(request, { causes })
    })
  )

  it.effect("given rewards, then each rollout is held against the samples of its own group alone", () =>
    Effect.gen(function* () {
      // Groups of two consecutive samples of one example: (1, 0) (1, 1) and (0, 0) (0, 1).
      assert.deepStrictEqual(yield* advantagesOf(inputs), [won, -won, 0, 0, 0, 0, -won, won])
    })
  )

  const withUnknown: ReadonlyArray<Consumed> = [...rolloutsOf(0), ...verdictsOf(0, [1, null, 1, null, 0, 0, 0, 1])]

  it.effect("given an unknown reward that counts as zero, then its group is trained on as if it were wrong", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* advantagesOf(withUnknown), [won, -won, won, -won, 0, 0, -won, won])
    })
  )

  it.effect("given an unknown reward that drops its group, then that group has no say and the others keep theirs", () =>
    Effect.gen(function* () {
      const of = smallRun({ unknownReward: "drop-group" })
      assert.deepStrictEqual(yield* advantagesOf(withUnknown, of), [0, 0, 0, 0, 0, 0, -won, won])
      assert.deepStrictEqual(yield* advantagesOf(inputs, of), yield* advantagesOf(inputs))
    })
  )

  it.effect("given a rollout of an older policy, then it is refused by name", () =>
    Effect.gen(function* () {
      const stale = generated({ ...rolloutsOf(0)[5], policyHash: hash("f") })
      const events = [...rolloutsOf(0).map((rollout, i) => (i === 5 ? stale : rollout)), ...verdictsOf(0, rewards)]
      const failure = yield* Effect.flip(requestsOf(events))
      assert.strictEqual(failure._tag, "StaleRollout")
      for (const word of [stale.eventId, hash("f"), baseHash]) assert.include(failure.message, word)
    })
  )

  it.effect("given two steps whose events arrive mixed, then each is asked for on its own", () =>
    Effect.gen(function* () {
      const next: ReadonlyArray<Consumed> = [...rolloutsOf(1), ...verdictsOf(1, rewards)]
      const mixed = yield* requestsOf(shuffled([...inputs, ...next], 4))
      const apart = [...(yield* requestsOf(inputs)), ...(yield* requestsOf(next))]
      assert.sameDeepMembers([...mixed], apart)
    })
  )

  it.effect("given a long run, then only the newest steps are kept in mind", () =>
    Effect.gen(function* () {
      const events = Array.from({ length: 9 }, (_, step) => [...rolloutsOf(step), ...verdictsOf(step, rewards)]).flat()
      const { outputs, state } = yield* play(group, events)
      assert.lengthOf(outputs, 18)
      assert.sameMembers([...HashMap.keys(state.batches)], [7, 8])
    }).pipe(Effect.provide(world()))
  )
})

/** Requests where advantages need scores, where there is a critic, and where a batch has several updates. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, HashMap, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { delivered, generated, graded, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import { interleaved, shuffled } from "../../platform/stream/order.fixture.ts"
import { causeOf, type EventOf } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { CriticUpdated } from "../../schemas/critic-updated.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { ScoresComputed } from "../../schemas/scores-computed.ts"
import type { ScoresRequested } from "../../schemas/scores-requested.ts"
import { baseHash, criticHash, knowing, policyHash, ppo, smallRun } from "../small-run.fixture.ts"
import { type GroupState, group } from "./group.ts"
import { decodeShard } from "./pack.ts"

type Consumed = EventOf<(typeof group.consumes)[number]>

const samples = 4
const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))

/** Every rollout of a batch of both examples with its verdict; lengths 1 to 3, every third is right. */
const sampled = (step: number): ReadonlyArray<Consumed> =>
  smallRun().examples.flatMap(({ id: promptId }, p) =>
    Array.from({ length: samples }, (_, sampleIndex): ReadonlyArray<Consumed> => {
      const i = p * samples + sampleIndex
      const length = 1 + (i % 3)
      const sample = { step, promptId, sampleIndex }
      return [
        generated({
          ...{ ...sample, cohort: sampleIndex % 2, policyHash: policyHash(step) },
          tokens: new Int32Array(length).fill(2 + i),
          logProbs: new Float32Array(length).fill(-0.5),
          entropies: new Float32Array(length)
        }),
        graded({ ...sample, reward: i % 3 === 0 ? 1 : 0 })
      ]
    }).flat()
  )

const policyAt = (step: number) =>
  new PolicyUpdated({ ...goldenEvents.PolicyUpdated, runId, step, policyHash: policyHash(step) })
const criticHashAt = (step: number) => (step === 0 ? criticHash : hash("cdef"[step - 1]))
const criticAt = (step: number) =>
  new CriticUpdated({ ...goldenEvents.CriticUpdated, runId, step, criticHash: criticHashAt(step) })

const world = (choices: Partial<RunConfig>) =>
  Layer.merge(knowing(smallRun(choices)), Layer.fresh(memoryArtifacts(200)))

const requestsOf = (events: ReadonlyArray<Consumed>, choices: Partial<RunConfig>) =>
  Effect.map(play(group, events), ({ outputs }) => outputs).pipe(Effect.provide(world(choices)))

/** What a request names beside the batch. */
const furtherCauses = (request: OnefoldEvent) => ("causes" in request ? request.causes.slice(1) : [])

/** Ids without the run's name. */
const idsOf = (events: ReadonlyArray<OnefoldEvent>) => events.map(({ eventId }) => eventId.slice(runId.length + 1))

/** Scores of a shard as its request asks for them: values are a tenth of the token, log-probs a tenth below zero of it. */
const scored = Effect.fn("scored")(function* (request: ScoresRequested) {
  const { batch, rollouts } = yield* decodeShard(yield* (yield* Artifacts).load(request.packedHash))
  const tokens = batch.responses.flat().flatMap((response) => [...response])
  const of = (is: unknown, scale: number) => Float32Array.from(is === null ? [] : tokens, (token) => token * scale)
  const { packedHash, shard, shards, step } = request
  return new ScoresComputed({
    ...{ ...goldenEvents.ScoresComputed, runId, step, shard, shards, packedHash, rollouts },
    oldLogProbs: of(request.policyHash, -0.1),
    referenceLogProbs: of(request.referenceHash, -0.2),
    values: of(request.criticHash, 0.1)
  })
})

/** All that a batch's first update needs: its rollouts, verdicts and scores. */
const inputsOf = (choices: Partial<RunConfig>) =>
  Effect.gen(function* () {
    const { outputs } = yield* play(group, sampled(0))
    const requests = outputs.filter((event) => event._tag === "ScoresRequested")
    return { requests, scores: yield* Effect.forEach(requests, scored) }
  }).pipe(Effect.provide(world(choices)))

describe("group, where advantages need scores", () => {
  it.effect.each([
    ["PPO", ppo, { policyHash: null, referenceHash: null, criticHash }],
    [
      "old log-probs anew",
      { oldLogProbs: "recomputed" },
      { policyHash: baseHash, referenceHash: null, criticHash: null }
    ],
    [
      "the KL in the reward",
      { klCoefficient: 0, klRewardCoefficient: 0.1 },
      { policyHash: null, referenceHash: baseHash, criticHash: null }
    ]
  ] as const)(
    "given %s, then a whole batch asks for those scores and no others, once for each shard",
    ([, choices, of]) =>
      Effect.gen(function* () {
        const { requests } = yield* inputsOf(choices)
        assert.deepStrictEqual(idsOf(requests), ["0/scoring/0", "0/scoring/1"])
        for (const request of requests) assert.deepInclude(request, { ...of, shards: 2, rollouts: 4 })
      })
  )

  it.effect.prop(
    "given scores in any order, then gradients are asked for once, by the last of them, the same to the byte",
    { seed: Seed },
    ({ seed }) =>
      Effect.gen(function* () {
        const { requests, scores } = yield* inputsOf(ppo)
        const arrived = [...shuffled(sampled(0), seed), ...shuffled(scores, seed)]
        const waiting = yield* requestsOf(arrived.slice(0, -1), ppo)
        assert.deepStrictEqual(waiting, requests)
        const all = yield* requestsOf(arrived, ppo)
        assert.deepStrictEqual(all, yield* requestsOf([...sampled(0), ...scores], ppo))
        assert.sameMembers(idsOf(all.slice(2)), ["0/shard/0", "0/critic-shard/0", "0/shard/1", "0/critic-shard/1"])
      }),
    { arbitrary: { runs: 12 } }
  )

  it.effect("given scores, then shards hold each rollout's own, and what was made of them", () =>
    Effect.gen(function* () {
      const { scores } = yield* inputsOf(ppo)
      yield* Effect.gen(function* () {
        const { outputs } = yield* play(group, [...sampled(0), ...scores])
        for (const request of outputs.filter((event) => event._tag === "CriticGradientRequested")) {
          const shard = yield* decodeShard(yield* (yield* Artifacts).load(request.packedHash))
          const tokens = shard.batch.responses.flat().flatMap((response) => [...response])
          assert.deepStrictEqual(
            shard.oldValues,
            Float32Array.from(tokens, (token) => token * 0.1)
          )
          // With neither discount nor penalty a return is the rollout's reward, at each of its tokens.
          const returns = tokens.map((token) => ((token - 2) % 3 === 0 ? 1 : 0))
          for (const [t, target] of returns.entries()) assert.approximately(shard.returns[t], target, 1e-6)
          assert.deepInclude(request, { criticHash, step: 0, rolloutStep: 0 })
        }
      }).pipe(Effect.provide(world(ppo)))
    })
  )

  it.effect("given a later batch, then scores wait for its critic, whichever of the two comes last, and name it", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* requestsOf([policyAt(1), ...sampled(1)], ppo), [])
      const last = yield* requestsOf([policyAt(1), ...sampled(1), criticAt(1)], ppo)
      assert.deepStrictEqual(idsOf(last), ["1/scoring/0", "1/scoring/1"])
      assert.deepStrictEqual(last, yield* requestsOf([criticAt(1), policyAt(1), ...sampled(1)], ppo))
      for (const request of last) {
        assert.propertyVal(request, "criticHash", criticHashAt(1))
        assert.deepStrictEqual(furtherCauses(request), [causeOf(delivered(criticAt(1)))])
      }
    })
  )

  it.effect("given a warm-up, then only the critic's gradients are asked for", () =>
    Effect.gen(function* () {
      const choices = { ...ppo, critic: { ...ppo.critic, warmUpBatches: 1 } }
      const { requests, scores } = yield* inputsOf(choices)
      const all = yield* requestsOf([...sampled(0), ...scores], choices)
      assert.deepStrictEqual(idsOf(all.slice(requests.length)), ["0/critic-shard/0", "0/critic-shard/1"])
    })
  )
})

describe("group, where a batch has several updates", () => {
  const twice = { updatesPerBatch: 2 }

  it.effect(
    "given the policy of an update, then its part of the batch is asked for, and names what it begins with",
    () =>
      Effect.gen(function* () {
        const all = yield* requestsOf([...sampled(0), policyAt(1), policyAt(2)], twice)
        assert.deepStrictEqual(idsOf(all), ["0/shard/0", "0/shard/1", "1/shard/0", "1/shard/1"])
        for (const request of all.slice(2)) {
          assert.deepInclude(request, { rolloutStep: 0, policyHash: policyHash(1), rollouts: 2 })
          assert.deepStrictEqual(furtherCauses(request), [causeOf(delivered(policyAt(1)))])
        }
        assert.deepStrictEqual(yield* requestsOf(sampled(0), twice), all.slice(0, 2))
      })
  )

  it.effect("given all updates of a batch, then they share its rollouts out, each compared with its whole group", () =>
    Effect.gen(function* () {
      const choices = { ...twice, grouping: "example", advantageStd: false } as const
      yield* Effect.gen(function* () {
        const { outputs } = yield* play(group, [...sampled(0), policyAt(1)])
        const learned: ReadonlyArray<Array<[string, number]>> = [[], []]
        for (const request of outputs.filter((event) => event._tag === "GradientRequested")) {
          const shard = yield* decodeShard(yield* (yield* Artifacts).load(request.packedHash))
          let from = 0
          for (const { length, promptId, sampleIndex } of shard.rollouts) {
            learned[request.step].push([`${promptId}/${sampleIndex}`, shard.advantages[from]])
            from += length
          }
        }
        // Rewards 1 0 0 1 and 0 0 1 0: two examples, one for each update.
        assert.sameDeepMembers(learned[0], [
          ...[0, 3].map((sample): [string, number] => [`two:0/${sample}`, 0.5]),
          ...[1, 2].map((sample): [string, number] => [`two:0/${sample}`, -0.5])
        ])
        assert.sameDeepMembers(learned[1], [
          ["chain:0/2", 0.75],
          ...[0, 1, 3].map((sample): [string, number] => [`chain:0/${sample}`, -0.25])
        ])
      }).pipe(Effect.provide(world(choices)))
    })
  )

  it.effect(
    "given its policy and its critic in either order, then the update is asked for once, by the later one",
    () =>
      Effect.gen(function* () {
        const choices = { ...ppo, ...twice }
        const { requests, scores } = yield* inputsOf(choices)
        const before = [...sampled(0), ...scores]
        const opened = (yield* requestsOf(before, choices)).length
        assert.strictEqual(opened, requests.length + 4)
        const both = yield* requestsOf([...before, policyAt(1), criticAt(1)], choices)
        const second = both.slice(opened)
        assert.sameMembers(idsOf(second), ["1/shard/0", "1/critic-shard/0", "1/shard/1", "1/critic-shard/1"])
        assert.deepStrictEqual(yield* requestsOf([...before, criticAt(1), policyAt(1)], choices), both)
        for (const one of [policyAt(1), criticAt(1)])
          assert.lengthOf(yield* requestsOf([...before, one], choices), opened, "not before both are there")
        for (const request of second) {
          if (request._tag === "CriticGradientRequested") assert.strictEqual(request.criticHash, criticHashAt(1))
          if (request._tag === "GradientRequested") assert.strictEqual(request.policyHash, policyHash(1))
        }
      })
  )

  it.effect.prop(
    "given a kill after any event, and topics read back one after the other, then each request is still made once",
    { seed: Seed, cut: Seed },
    ({ cut, seed }) =>
      Effect.gen(function* () {
        const choices = { ...ppo, ...twice }
        const { scores } = yield* inputsOf(choices)
        const events = [...shuffled(sampled(0), seed), ...shuffled(scores, seed), policyAt(1), criticAt(1), policyAt(2)]
        const at = cut % (events.length + 1)
        const read = [...events.slice(0, at)].sort((a, b) => (a._tag < b._tag ? -1 : a._tag > b._tag ? 1 : 0))
        yield* Effect.gen(function* () {
          const straight = (yield* play(group, events)).outputs
          const before = (yield* play(group, events.slice(0, at))).outputs
          const known = read.reduce<GroupState>(
            (state, event) => group.evolve(state, delivered(event)),
            group.initialState
          )
          const after = (yield* play(group, events.slice(at), known)).outputs
          assert.deepStrictEqual([...before, ...after], straight, `after ${at} events`)
        }).pipe(Effect.provide(world(choices)))
      }),
    { arbitrary: { runs: 25 } }
  )

  it.effect(
    "given a long run whose topics are read back one by one, then little is kept, and the newest batch is whole",
    () =>
      Effect.gen(function* () {
        const choices = { ...twice, steps: 20 }
        const steps = Array.from({ length: 10 }, (_, batch) => 2 * batch)
        const all = steps.flatMap(sampled)
        const topics = [
          all.filter((event) => event._tag === "RolloutGenerated" && event.cohort === 0),
          all.filter((event) => event._tag === "RolloutGenerated" && event.cohort === 1),
          all.filter((event) => event._tag === "RolloutGraded"),
          Array.from({ length: 18 }, (_, i) => policyAt(i + 1))
        ]
        for (const order of [topics.flat(), topics.toReversed().flat(), interleaved<Consumed>(topics, 3)]) {
          const known = order.reduce<GroupState>(
            (state, event) => group.evolve(state, delivered(event)),
            group.initialState
          )
          assert.isAtMost(HashMap.size(known.batches), 4)
          const { outputs, state } = yield* play(group, [policyAt(19)], known).pipe(Effect.provide(world(choices)))
          assert.deepStrictEqual(idsOf(outputs), ["19/shard/0", "19/shard/1"])
          const later = yield* play(group, sampled(20), state).pipe(Effect.provide(world({ ...choices, steps: 22 })))
          assert.sameMembers([...HashMap.keys(later.state.batches)], [20])
        }
      })
  )
})

describe("group, where sums are divided as the reference packs them", () => {
  it.effect("given a prompt too long for a micro-batch, then it stops in words before anything is learned", () =>
    Effect.gen(function* () {
      const choices = { aggregation: "verl-microbatch", microBatchTokens: 7, dataParallelRanks: 1 } as const
      const failure = yield* Effect.flip(requestsOf(sampled(0), choices))
      assert.strictEqual(failure._tag, "BatchIndivisible")
      for (const word of [runId, "at most 7 tokens", "larger microBatchTokens"]) assert.include(failure.message, word)
    })
  )
})

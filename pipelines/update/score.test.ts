/** What a critic's batch asks of the engine before and after its advantages: scores and values, then the critic's gradient. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { initialWeights } from "../../learning/policy/init.ts"
import { decode, encode } from "../../platform/log/codec.ts"
import { delivered, graded, play, runId } from "../../platform/stream/events.fixture.ts"
import { causeOf } from "../../platform/stream/stage.ts"
import type { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import { RolloutRequested } from "../../schemas/rollout-requested.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import type { ScoresComputed } from "../../schemas/scores-computed.ts"
import { ScoresRequested } from "../../schemas/scores-requested.ts"
import { engineWithBase } from "../engine.fixture.ts"
import { generate } from "../generate/stage.ts"
import {
  baseHash,
  criticArtifact,
  criticHash,
  criticLayout,
  knowing,
  layout,
  ppo,
  smallPolicy,
  smallRun
} from "../small-run.fixture.ts"
import { criticGradient } from "./critic-gradient.ts"
import { group } from "./group.ts"
import { decodeShard } from "./pack.ts"
import { score } from "./score.ts"

/** A batch of the base policy up to its scores, and what the critic is then asked to learn from. */
const batchOf = (choices: Partial<RunConfig>) => {
  const run = smallRun(choices)
  return Effect.gen(function* () {
    const prompts = run.examples.map(({ id }) => ({ promptId: id, firstSample: 0, samples: 4 }))
    const asked = new RolloutRequested({ ...{ runId, causes: [], step: 0, cohort: 0 }, policyHash: baseHash, prompts })
    const rollouts = yield* generate.handle([delivered(asked)])
    const verdicts = rollouts.map(({ promptId, sampleIndex }, i) =>
      graded({ promptId, sampleIndex, reward: i % 3 === 0 ? 1 : 0 })
    )
    const { outputs, state } = yield* play(group, [...rollouts, ...verdicts])
    const requests = outputs.filter((event) => event._tag === "ScoresRequested")
    const scores = yield* score.handle(requests.map(delivered))
    const after = yield* play(group, scores, state)
    return { rollouts, requests, scores, asked: after.outputs }
  }).pipe(Effect.provide(knowing(run)))
}

const learn = (choices: Partial<RunConfig>) =>
  Effect.gen(function* () {
    const { asked } = yield* batchOf(choices)
    const requests = asked.filter((event) => event._tag === "CriticGradientRequested")
    return { requests, computed: yield* criticGradient.handle(requests.map(delivered)) }
  }).pipe(Effect.provide(knowing(smallRun(choices))))

const closeTo = (found: Float32Array, expected: Float32Array) => {
  assert.lengthOf(found, expected.length)
  for (const [t, value] of expected.entries()) assert.approximately(found[t], value, 1e-5)
}

/** Sampled log-probs of a shard's rollouts, in its order. */
const sampledOf = (
  { rollouts }: ScoresComputed,
  generated: ReadonlyArray<{ promptId: string; sampleIndex: number; logProbs: Float32Array }>
) =>
  Float32Array.from(
    rollouts.flatMap((one) => [
      ...(generated.find((other) => other.promptId === one.promptId && other.sampleIndex === one.sampleIndex)
        ?.logProbs ?? [])
    ])
  )

const total = (computed: ReadonlyArray<CriticGradientComputed>, of: (event: CriticGradientComputed) => number) =>
  computed.reduce((sum, event) => sum + of(event), 0)

describe("score", () => {
  layer(engineWithBase(2), { timeout: 60_000 })("over the engine", (it) => {
    it.effect(
      "given the policy that sampled and a reference that is it, then both score what the sampler recorded",
      () =>
        Effect.gen(function* () {
          const choices = { oldLogProbs: "recomputed", klCoefficient: 0, klRewardCoefficient: 0.1 } as const
          const { requests, rollouts, scores } = yield* batchOf(choices)
          assert.lengthOf(scores, 2)
          for (const [i, event] of scores.entries()) {
            assert.deepStrictEqual(event.causes, [causeOf(delivered(requests[i]))])
            const sampled = sampledOf(event, rollouts)
            assert.isAbove(sampled.length, 3)
            closeTo(event.oldLogProbs, sampled)
            closeTo(event.referenceLogProbs, sampled)
            assert.lengthOf(event.values, 0)
            assert.deepStrictEqual(yield* decode(encode(event)), event)
          }
        })
    )

    it.effect("given another policy, reference and critic, then each is asked for its own numbers", () =>
      Effect.gen(function* () {
        const artifacts = yield* Artifacts
        const other = yield* artifacts.store(encodeParameters(layout, initialWeights(smallPolicy, 8)))
        const weights = (yield* decodeParameters(criticLayout, criticArtifact, "")).map(
          (weight, i) => weight + (i % 7) / 50
        )
        const critic = yield* artifacts.store(encodeParameters(criticLayout, weights))
        const { requests } = yield* batchOf(ppo)
        const [changed] = requests.map(
          (event) => new ScoresRequested({ ...event, policyHash: baseHash, referenceHash: other, criticHash: critic })
        )
        const [event] = yield* score.handle([delivered(changed)]).pipe(Effect.provide(knowing(smallRun(ppo))))
        const engine = yield* PolicyEngine
        const { batch } = yield* decodeShard(yield* artifacts.load(changed.packedHash))
        closeTo(event.oldLogProbs, (yield* engine.score(baseHash, batch, 1)).logProbs)
        closeTo(event.referenceLogProbs, (yield* engine.score(other, batch, 1)).logProbs)
        closeTo(event.values, yield* engine.values(critic, batch))
        assert.notDeepEqual(event.oldLogProbs, event.referenceLogProbs)
        assert.isTrue(event.values.some((value) => Math.abs(value) > 1e-3))
      })
    )

    it.effect("given a critic that begins, then every value is 0, and no log-prob was asked for", () =>
      Effect.gen(function* () {
        for (const event of (yield* batchOf(ppo)).scores) {
          assert.isAbove(event.values.length, 3)
          assert.isTrue(event.values.every((value) => value === 0))
          assert.deepStrictEqual([event.oldLogProbs.length, event.referenceLogProbs.length], [0, 0])
        }
      })
    )
  })
})

describe("critic-gradient", () => {
  layer(engineWithBase(2), { timeout: 60_000 })("over the engine", (it) => {
    it.effect(
      "given a critic that says 0, then its loss is half the mean square of what was earned, and it has a gradient",
      () =>
        Effect.gen(function* () {
          const { computed, requests } = yield* learn(ppo)
          assert.lengthOf(computed, 2)
          for (const [i, event] of computed.entries()) {
            assert.deepInclude(event, {
              criticHash,
              packedHash: requests[i].packedHash,
              shard: i,
              shards: 2,
              rolloutStep: 0
            })
            assert.deepStrictEqual(event.causes, [causeOf(delivered(requests[i]))])
            assert.deepStrictEqual(yield* decode(encode(event)), event)
          }
          const returns = computed.flatMap((event) => [...event.returns])
          const squares = returns.reduce((sum, target) => sum + target * target, 0)
          assert.isAbove(squares, 0)
          const loss = total(computed, (event) => event.loss)
          assert.approximately(loss, (0.5 * squares) / returns.length, 1e-6)
          const artifacts = yield* Artifacts
          const gradient = yield* decodeParameters(criticLayout, yield* artifacts.load(computed[0].gradientHash), "")
          assert.isAbove(Math.hypot(...gradient), 1e-3)
        })
    )

    it.effect("given one shard or two, then losses add up to the same", () =>
      Effect.gen(function* () {
        const [one, two] = [yield* learn({ ...ppo, shards: 1 }), yield* learn(ppo)]
        assert.deepStrictEqual([one.computed.length, two.computed.length], [1, 2])
        const loss = (of: typeof one) => total(of.computed, (event) => event.loss)
        assert.approximately(loss(one), loss(two), 1e-6)
      })
    )

    it.effect("given sums by sequence, then the critic's loss is divided as the policy's is", () =>
      Effect.gen(function* () {
        const plain = yield* learn(ppo)
        const sums = yield* learn({ ...ppo, aggregation: "seq-mean-token-sum" })
        const tokens = total(plain.computed, (event) => event.values.length)
        const loss = (of: typeof plain) => total(of.computed, (event) => event.loss)
        assert.approximately(loss(sums), (loss(plain) * tokens) / 8, 1e-5)
      })
    )

    it.effect("given a run without a critic, then its work is refused by name", () =>
      Effect.gen(function* () {
        const { requests } = yield* learn(ppo)
        const failure = yield* Effect.flip(
          criticGradient.handle(requests.map(delivered)).pipe(Effect.provide(knowing(smallRun())))
        )
        assert.strictEqual(failure._tag, "NoCritic")
      })
    )
  })
})

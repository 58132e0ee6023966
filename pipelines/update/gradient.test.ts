import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { decodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { decode, encode } from "../../platform/log/codec.ts"
import { delivered, graded, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import { causeOf } from "../../platform/stream/stage.ts"
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import { GradientRequested } from "../../schemas/gradient-requested.ts"
import { RolloutRequested } from "../../schemas/rollout-requested.ts"
import { engineWithBase } from "../engine.fixture.ts"
import { generate } from "../generate/stage.ts"
import type { Run } from "../runs.ts"
import { baseArtifact, baseHash, knowing, layout, smallRun } from "../small-run.fixture.ts"
import { gradient } from "./gradient.ts"
import { group } from "./group.ts"
import { decodeShard } from "./pack.ts"

const run = smallRun()

/** A step's shards of work: rollouts of the base policy, every third of them right. */
const requestsOf = (of: Run) =>
  Effect.gen(function* () {
    const asked = new RolloutRequested({
      runId,
      causes: [],
      step: 0,
      cohort: 0,
      policyHash: baseHash,
      prompts: of.examples.map(({ id }) => ({ promptId: id, firstSample: 0, samples: 4 }))
    })
    const rollouts = yield* generate.handle([delivered(asked)])
    const verdicts = rollouts.map(({ promptId, sampleIndex }, i) =>
      graded({ promptId, sampleIndex, reward: i % 3 === 0 ? 1 : 0 })
    )
    const { outputs } = yield* play(group, [...rollouts, ...verdicts])
    return outputs.filter((event) => event._tag === "GradientRequested")
  }).pipe(Effect.provide(knowing(of)))

const computeAll = (requests: ReadonlyArray<GradientRequested>, of: Run) =>
  gradient.handle(requests.map(delivered)).pipe(Effect.provide(knowing(of)))

/** The gradients that these events name, added up. */
const summed = Effect.fn("summed")(function* (computed: ReadonlyArray<GradientComputed>) {
  const artifacts = yield* Artifacts
  const sum = new Float64Array(layout.size)
  for (const { gradientHash } of computed) {
    const one = yield* decodeParameters(layout, yield* artifacts.load(gradientHash), gradientHash)
    for (let i = 0; i < sum.length; i++) sum[i] += one[i]
  }
  return sum
})

const total = (computed: ReadonlyArray<GradientComputed>, of: (event: GradientComputed) => number) =>
  computed.reduce((sum, event) => sum + of(event), 0)

describe("gradient", () => {
  layer(engineWithBase(2), { timeout: 60_000 })("over the engine", (it) => {
    it.effect("given shards of work, then each is answered with its gradient and its rollouts' numbers", () =>
      Effect.gen(function* () {
        const artifacts = yield* Artifacts
        const requests = yield* requestsOf(run)
        const computed = yield* computeAll(requests, run)
        assert.lengthOf(computed, requests.length)
        for (const [i, event] of computed.entries()) {
          const request = requests[i]
          const packed = yield* decodeShard(yield* artifacts.load(request.packedHash))
          assert.deepInclude(event, { shard: i, shards: 2, policyHash: baseHash, packedHash: request.packedHash })
          assert.deepStrictEqual(event.causes, [causeOf(delivered(request))])
          assert.deepStrictEqual(event.rollouts, packed.rollouts)
          assert.deepStrictEqual(event.advantages, packed.advantages)
          for (const column of [event.logProbs, event.entropies, event.referenceLogProbs])
            assert.lengthOf(column, request.tokens)
          assert.deepStrictEqual(yield* decode(encode(event)), event)
        }
        assert.isAbove(Math.hypot(...(yield* summed(computed))), 1e-3, "there is something to learn")
      })
    )

    it.effect("given the engine that sampled, then its log-probs are the sampler's, and so are the reference's", () =>
      Effect.gen(function* () {
        const artifacts = yield* Artifacts
        for (const event of yield* computeAll(yield* requestsOf(run), run)) {
          const { oldLogProbs } = yield* decodeShard(yield* artifacts.load(event.packedHash))
          for (let t = 0; t < oldLogProbs.length; t++) {
            assert.approximately(event.logProbs[t], oldLogProbs[t], 1e-5)
            assert.approximately(event.referenceLogProbs[t], oldLogProbs[t], 1e-5)
          }
          assert.approximately(event.mismatch, 0, 1e-5)
          assert.approximately(event.kl, 0, 1e-9)
          assert.strictEqual(event.clipFraction, 0)
        }
      })
    )

    it.effect("given a batch in one shard or in two, then losses and gradients add up to the same", () =>
      Effect.gen(function* () {
        const two = yield* computeAll(yield* requestsOf(run), run)
        const whole = smallRun({ shards: 1 })
        const one = yield* computeAll(yield* requestsOf(whole), whole)
        assert.lengthOf(one, 1)
        for (const of of [
          (e: GradientComputed) => e.loss,
          (e: GradientComputed) => e.policyLoss,
          (e: GradientComputed) => e.entropy
        ])
          assert.approximately(total(two, of), total(one, of), 1e-6)
        const entropies = two.flatMap((event) => [...event.entropies])
        const mean = entropies.reduce((sum, entropy) => sum + entropy, 0) / entropies.length
        assert.approximately(
          total(two, (event) => event.entropy),
          mean,
          1e-6,
          "over the tokens of the whole batch"
        )
        const [sum, alone] = [yield* summed(two), yield* summed(one)]
        const distance = Math.hypot(...sum.map((value, i) => value - alone[i]))
        assert.isBelow(distance, 1e-5 * Math.hypot(...alone))
      })
    )

    it.effect("given the same shard again, then the gradient has the same bytes", () =>
      Effect.gen(function* () {
        const requests = yield* requestsOf(run)
        const together = yield* computeAll(requests, run)
        const alone = [...(yield* computeAll([requests[1]], run)), ...(yield* computeAll([requests[0]], run))]
        assert.deepStrictEqual(alone.toReversed(), [...together])
      })
    )

    it.effect("given a loss without a KL term, then there is no reference, and the loss is its other terms", () =>
      Effect.gen(function* () {
        const of = smallRun({ klCoefficient: 0 })
        for (const event of yield* computeAll(yield* requestsOf(of), of)) {
          assert.lengthOf(event.referenceLogProbs, 0)
          assert.strictEqual(event.kl, 0)
          const { entropyCoefficient, policyCoefficient } = of.config
          const loss = policyCoefficient * event.policyLoss - entropyCoefficient * event.entropy
          assert.approximately(event.loss, loss, 1e-7)
        }
      })
    )

    it.effect("given a packed shard that is nowhere, or is none, then it fails by name", () =>
      Effect.gen(function* () {
        const [request] = yield* requestsOf(run)
        const missing = new GradientRequested({ ...request, packedHash: hash("e") })
        assert.strictEqual((yield* Effect.flip(computeAll([missing], run)))._tag, "ArtifactUnreadable")
        const packedHash = yield* (yield* Artifacts).store(baseArtifact)
        const weights = new GradientRequested({ ...request, packedHash })
        assert.strictEqual((yield* Effect.flip(computeAll([weights], run)))._tag, "ShardInvalid")
      })
    )
  })
})

import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { decode, encode } from "../../platform/log/codec.ts"
import { delivered, hash, runId } from "../../platform/stream/events.fixture.ts"
import { causeOf } from "../../platform/stream/stage.ts"
import { RolloutRequested } from "../../schemas/rollout-requested.ts"
import { engineWithBase } from "../engine.fixture.ts"
import { baseHash, knowing, smallRun, tokenizer } from "../small-run.fixture.ts"
import { generate } from "./stage.ts"

const run = smallRun()
const promptIds = run.examples.map(({ id }) => id)

const request = (cohort: number, fields: Partial<RolloutRequested> = {}): RolloutRequested =>
  new RolloutRequested({
    runId,
    causes: [],
    step: 0,
    cohort,
    policyHash: baseHash,
    prompts: promptIds.map((promptId) => ({ promptId, firstSample: 3 * cohort, samples: 3 })),
    ...fields
  })

const rolloutsOf = (requests: ReadonlyArray<RolloutRequested>, of = run) =>
  generate.handle(requests.map(delivered)).pipe(Effect.provide(knowing(of)))

const tokensOf = (rollouts: ReadonlyArray<{ readonly tokens: Int32Array }>) => rollouts.map(({ tokens }) => [...tokens])

describe("generate", () => {
  layer(engineWithBase(2), { timeout: 60_000 })("over the engine", (it) => {
    it.effect("given two cohorts, then every sample asked for is answered once, in the order asked for", () =>
      Effect.gen(function* () {
        const requests = [request(0), request(1)]
        const rollouts = yield* rolloutsOf(requests)
        assert.deepStrictEqual(
          rollouts.map(({ cohort, promptId, sampleIndex }) => `${cohort} ${promptId}/${sampleIndex}`),
          [0, 1].flatMap((cohort) =>
            promptIds.flatMap((id) => [0, 1, 2].map((i) => `${cohort} ${id}/${3 * cohort + i}`))
          )
        )
        for (const rollout of rollouts) {
          assert.deepInclude(rollout, { runId, step: 0, policyHash: baseHash })
          assert.deepStrictEqual(rollout.causes, [causeOf(delivered(requests[rollout.cohort]))])
        }
      })
    )

    it.effect("given an answer, then its numbers line up with its tokens, and it can be written and read", () =>
      Effect.gen(function* () {
        for (const rollout of yield* rolloutsOf([request(0)])) {
          const { entropies, logProbs, stop, text, tokens } = rollout
          assert.isTrue(tokens.length >= 1 && tokens.length <= run.config.maxTokens)
          assert.lengthOf(logProbs, tokens.length)
          assert.lengthOf(entropies ?? [], tokens.length)
          assert.isTrue(logProbs.every((value) => value <= 0))
          assert.strictEqual(stop, tokens[tokens.length - 1] === tokenizer.eosId ? "eos" : "length")
          assert.strictEqual(text, tokenizer.decode(tokens))
          assert.deepStrictEqual(yield* decode(encode(rollout)), rollout)
        }
      })
    )

    it.effect("given a cohort that is sampled again, alone or beside another, then it gives the same bits", () =>
      Effect.gen(function* () {
        const [first] = [yield* rolloutsOf([request(0), request(1)])]
        assert.deepStrictEqual(yield* rolloutsOf([request(0), request(1)]), first)
        const alone = [...(yield* rolloutsOf([request(0)])), ...(yield* rolloutsOf([request(1)]))]
        assert.deepStrictEqual(alone, first)
      })
    )

    it.effect("given other samples, another step or another seed, then other tokens are drawn", () =>
      Effect.gen(function* () {
        const tokens = tokensOf(yield* rolloutsOf([request(0)]))
        assert.strictEqual(new Set(tokens.map(String)).size, tokens.length, "no two samples are alike")
        assert.notDeepEqual(tokensOf(yield* rolloutsOf([request(0, { step: 1 })])), tokens)
        assert.notDeepEqual(tokensOf(yield* rolloutsOf([request(0)], smallRun({ seed: 4 }))), tokens)
      })
    )

    it.effect("given the run's limit, then no answer is longer", () =>
      Effect.gen(function* () {
        const rollouts = yield* rolloutsOf([request(0)], smallRun({ maxTokens: 2 }))
        assert.isTrue(rollouts.every(({ tokens }) => tokens.length <= 2))
        assert.isTrue(rollouts.some(({ stop }) => stop === "length"))
      })
    )

    it.effect("given a prompt that the run does not have, then it fails with its name", () =>
      Effect.gen(function* () {
        const prompts = [{ promptId: "nobody's", firstSample: 0, samples: 1 }]
        const failure = yield* Effect.flip(rolloutsOf([request(0, { prompts })]))
        assert.strictEqual(failure._tag, "UnknownQuestion")
        assert.include(failure.message, "nobody's")
      })
    )

    it.effect("given a policy whose weights are nowhere, then it fails and names them", () =>
      Effect.gen(function* () {
        const failure = yield* Effect.flip(rolloutsOf([request(0, { policyHash: hash("e") })]))
        assert.strictEqual(failure._tag, "EngineError")
        assert.include(failure.message, hash("e"))
      })
    )
  })
})

import { assert, beforeAll, describe, it } from "@effect/vitest"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import {
  deviceFor,
  groupedConfig,
  normalisedConfig,
  plainConfig,
  policyOf,
  randomBatch,
  randomWeights,
  testOps
} from "../policies-for-tests.ts"
import type { Generated, GenerateRequest } from "../requests.ts"
import { wasmOps } from "../tensors/backend-wasm.ts"
import type { Ops } from "../tensors/ops.ts"
import { score } from "../training/gradient.ts"
import { generateCohort } from "./generate.ts"

/** Short prompts are copied into the caches, longer ones shared. */
const forms = [
  ["plain heads and short prompts", plainConfig, 5],
  ["plain heads and a long prompt", plainConfig, 40],
  ["grouped heads, biases and short prompts", groupedConfig, 5],
  ["grouped heads, biases and a long prompt", groupedConfig, 40],
  ["normalised heads and a long prompt", normalisedConfig, 40]
] as const

/** Two prompts of unequal length; long enough for caches to grow and for the grid to shrink. */
const requestFor = (config: typeof plainConfig, longest: number): GenerateRequest => {
  const [short, long] = randomBatch(config, 11, [
    [2, 1],
    [longest, 1]
  ]).prompts
  return {
    weights: "",
    prompts: [
      { promptId: "short", tokens: short, firstSample: 3, samples: 9 },
      { promptId: "long", tokens: long, firstSample: 0, samples: 6 }
    ],
    temperature: 0.9,
    maxTokens: 45,
    seed: 10,
    stream: 1,
    step: 2
  }
}

describe.each(forms)("generateCohort with %s", (_, config, longest) => {
  let ops: Ops
  let device: Device
  let generated: ReadonlyArray<Generated>
  const flat = randomWeights(config, 1)
  const request = requestFor(config, longest)

  beforeAll(async () => {
    ops = await testOps()
    device = deviceFor(ops, config)
    generated = generateCohort(device, policyOf(device, flat).weights, request)
  })

  it("given a cohort, then every sample is there in order and ends at the end token or at the limit", () => {
    const names = generated.map(({ promptId, sampleIndex }) => `${promptId}/${sampleIndex}`)
    const expected = request.prompts.flatMap(({ firstSample, promptId, samples }) =>
      Array.from({ length: samples }, (_, s) => `${promptId}/${firstSample + s}`)
    )
    assert.deepStrictEqual(names, expected)
    const lengths = generated.map(({ tokens }) => tokens.length)
    assert.isAbove(Math.max(...lengths), 32) // so the caches have grown twice
    assert.isBelow(Math.min(...lengths), 8) // and the grid has shrunk
    for (const { entropies, logProbs, stop, tokens } of generated) {
      assert.strictEqual(tokens.indexOf(1), stop === "eos" ? tokens.length - 1 : -1)
      if (stop === "length") assert.strictEqual(tokens.length, 45)
      assert.deepStrictEqual([logProbs.length, entropies.length], [tokens.length, tokens.length])
    }
  })

  it("given what was sampled, then recorded log-probs and entropies are those that scoring finds", () => {
    const { weights } = policyOf(device, flat)
    for (const { entropies, logProbs, promptId, tokens } of generated) {
      const prompt = request.prompts.find((each) => each.promptId === promptId)?.tokens ?? new Int32Array(0)
      const scored = score(device, weights, { prompts: [prompt], responses: [[tokens]] }, 0.9)
      logProbs.forEach((logProb, t) => {
        assert.approximately(logProb, scored.logProbs[t], 1e-5)
        assert.approximately(entropies[t], scored.entropies[t], 1e-5)
      })
    }
  })

  it("given the same request again, then the same bits", () => {
    assert.deepStrictEqual(generateCohort(device, policyOf(device, flat).weights, request), generated)
  })

  it("given a sample alone, then it has the tokens it has in the cohort", () => {
    const { weights } = policyOf(device, flat)
    const [short] = request.prompts
    const [alone] = generateCohort(device, weights, { ...request, prompts: [{ ...short, firstSample: 7, samples: 1 }] })
    assert.deepStrictEqual(alone.tokens, generated[4].tokens)
  })

  it("given a prompt that may have fewer tokens, then its answers are cut there and no others change", () => {
    const [short, long] = request.prompts
    const prompts = [{ ...short, maxTokens: 12 }, long]
    const cut = generateCohort(device, policyOf(device, flat).weights, { ...request, prompts })
    cut.forEach(({ promptId, stop, tokens }, i) => {
      const whole = generated[i]
      const isCut = promptId === "short" && whole.tokens.length > 12
      assert.deepStrictEqual([...tokens], [...(isCut ? whole.tokens.slice(0, 12) : whole.tokens)])
      assert.strictEqual(stop, isCut ? "length" : whole.stop)
    })
    assert.isTrue(cut.some(({ tokens }, i) => tokens.length < generated[i].tokens.length))
  })

  it.each([1, 3, 7])(
    "given %d slots that are filled again, then every sample has the tokens it has without",
    (slots) => {
      const { weights } = policyOf(device, flat)
      const before = ops.live()
      const refilled = ops.scope(() => generateCohort(device, weights, { ...request, slots }))
      assert.strictEqual(ops.live(), before)
      assert.deepStrictEqual(
        refilled.map(({ promptId, sampleIndex, stop, tokens }) => [promptId, sampleIndex, stop, ...tokens]),
        generated.map(({ promptId, sampleIndex, stop, tokens }) => [promptId, sampleIndex, stop, ...tokens])
      )
    }
  )

  it("given operations run one by one and not as graphs, then the same tokens", async () => {
    const eager = deviceFor(await testOps(undefined, "eager"), config)
    const there = generateCohort(eager, policyOf(eager, flat).weights, request)
    assert.deepStrictEqual(
      there.map(({ tokens }) => tokens),
      generated.map(({ tokens }) => tokens)
    )
  })

  it("given another step, stream or seed, then other tokens", () => {
    const { weights } = policyOf(device, flat)
    const tokens = (each: ReadonlyArray<Generated>) => each.map((sample) => [...sample.tokens])
    for (const change of [{ step: 3 }, { stream: 2 }, { seed: 9 }]) {
      assert.notDeepEqual(tokens(generateCohort(device, weights, { ...request, ...change })), tokens(generated))
    }
  })

  it("given the WebAssembly backend, then the same tokens", async () => {
    const wasm = deviceFor((await wasmOps()).ops, config)
    const there = generateCohort(wasm, policyOf(wasm, flat).weights, request)
    there.forEach(({ logProbs, tokens }, i) => {
      assert.deepStrictEqual(tokens, generated[i].tokens)
      logProbs.forEach((logProb, t) => {
        assert.approximately(logProb, generated[i].logProbs[t], 1e-5)
      })
    })
  })

  it("given five cohorts, then no tensor stays behind", () => {
    const { weights } = policyOf(device, flat)
    const before = ops.live()
    for (let step = 0; step < 5; step++) ops.scope(() => generateCohort(device, weights, { ...request, step }))
    assert.strictEqual(ops.live(), before)
  })

  it("given weights that are not finite, then it refuses with not-finite", () => {
    const broken = policyOf(
      device,
      flat.map((weight, i) => (i === flat.length - 1 ? Number.POSITIVE_INFINITY : weight))
    ).weights
    try {
      ops.scope(() => generateCohort(device, broken, request))
      assert.fail("it sampled")
    } catch (error) {
      assert.strictEqual(error instanceof EngineError ? error.reason : String(error), "not-finite")
    }
  })
})

describe("generateCohort's endings", () => {
  const prompts = [{ promptId: "x", tokens: Int32Array.of(5, 3), firstSample: 0, samples: 40 }]
  const request: GenerateRequest = {
    ...{ weights: "", seed: 1, stream: 1, step: 1 },
    prompts,
    temperature: 1,
    maxTokens: 12
  }
  let answers: (
    change: Partial<GenerateRequest>,
    textOf?: (tokens: ReadonlyArray<number>) => string
  ) => ReadonlyArray<Generated>

  beforeAll(async () => {
    const device = deviceFor(await testOps(), plainConfig)
    const { weights } = policyOf(device, randomWeights(plainConfig, 1))
    answers = (change, textOf) => generateCohort(device, weights, { ...request, ...change }, textOf)
  })

  it("given fewest tokens, then none ends before, and log-probs are still of the whole distribution", () => {
    const free = answers({})
    const held = answers({ minTokens: 12 })
    assert.isTrue(free.some(({ tokens }) => tokens.length < 12))
    for (const { stop, tokens } of held) assert.deepStrictEqual([stop, tokens.length], ["length", 12])
    held.forEach(({ logProbs, tokens }, i) => {
      const same = free[i].tokens.findIndex((token, t) => token !== tokens[t])
      const shared = same === -1 ? free[i].tokens.length : same
      for (let t = 0; t < shared; t++) assert.approximately(logProbs[t], free[i].logProbs[t], 1e-5)
    })
  })

  it("given stop tokens, then an answer ends with the first of them", () => {
    const stopped = answers({ stopTokens: [4, 7], minTokens: 0 })
    assert.isTrue(stopped.some(({ stop }) => stop === "stop"))
    for (const { stop, tokens } of stopped) {
      const first = tokens.findIndex((token) => token === 4 || token === 7)
      assert.strictEqual(first, stop === "stop" ? tokens.length - 1 : -1)
    }
  })

  it("given a stop text that spans tokens, then an answer ends as soon as it holds it", () => {
    const letters = (tokens: ReadonlyArray<number>) => tokens.map((token) => "abcdefghijklm"[token]).join("")
    const stopped = answers({ stopStrings: ["he", "kk"] }, letters)
    assert.isTrue(stopped.some(({ stop }) => stop === "stop"))
    for (const { stop, tokens } of stopped) {
      const text = letters([...tokens])
      assert.strictEqual(/he$|kk$/.test(text), stop === "stop")
      assert.isFalse(/he.|kk./.test(text))
    }
  })
})

describe("generateCohort's draws", () => {
  it("given 4,000 samples of one token, then their counts fit the distribution that scoring finds", async () => {
    const device = deviceFor(await testOps(), plainConfig)
    const { weights } = policyOf(device, randomWeights(plainConfig, 1))
    const prompt = Int32Array.of(5, 3)
    const draws = 4000
    const samples = generateCohort(device, weights, {
      ...{ weights: "", temperature: 1, maxTokens: 1, seed: 1, stream: 1, step: 1 },
      prompts: [{ promptId: "x", tokens: prompt, firstSample: 0, samples: draws }]
    })
    const vocabulary = Array.from({ length: plainConfig.vocabularySize }, (_, token) => Int32Array.of(token))
    const { logProbs } = score(device, weights, { prompts: [prompt], responses: [vocabulary] }, 1)
    const expected = [...logProbs].map((logProb) => draws * Math.exp(logProb))
    assert.approximately(
      expected.reduce((sum, count) => sum + count, 0),
      draws,
      1e-2
    )
    const counts = vocabulary.map((_, token) => samples.filter(({ tokens }) => tokens[0] === token).length)
    const chiSquare = expected.reduce((sum, count, token) => sum + (counts[token] - count) ** 2 / count, 0)
    assert.isBelow(chiSquare, 32.9) // 12 degrees of freedom, one in a thousand
  })
})

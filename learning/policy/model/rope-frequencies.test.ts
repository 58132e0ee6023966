import { assert, describe, it } from "@effect/vitest"
import { inverseFrequencies } from "./rope-frequencies.ts"

/** Printed by transformers 5.23 (LlamaRotaryEmbedding.inv_freq) for the same settings. */
const unscaled = [
  1, 0.14677992463111877, 0.02154434472322464, 0.003162277862429619, 0.00046415874385274947, 0.00006812922219978645
]
const scaled = [
  1, 0.2154434472322464, 0.018566353246569633, 0.003999999724328518, 0.0008617737330496311, 0.00018566357903182507
]
const llama32 = [
  1.0, 0.663601279258728, 0.44036662578582764, 0.2922278344631195, 0.193922758102417, 0.12868738174438477,
  0.08539710193872452, 0.05666961893439293, 0.03760603070259094, 0.02495540864765644, 0.016560440883040428,
  0.010989529080688953, 0.00729266507551074, 0.00483942124992609, 0.0032114461064338684, 0.0012905480107292533,
  0.000429556705057621, 9.708286233944818e-5, 1.9461638657958247e-5, 1.291476746700937e-5, 8.570255886297673e-6,
  5.687232260243036e-6, 3.7740544485131977e-6, 2.504467147446121e-6, 1.6619674170215148e-6, 1.1028836297555245e-6,
  7.318749339901842e-7, 4.856731266045244e-7, 3.2229328894572973e-7, 2.1387423032592778e-7, 1.4192720243499934e-7,
  9.418306490260875e-8
]

describe("inverseFrequencies", () => {
  it("given no scaling, then theta to the power -2i/size, bit for bit", () => {
    const frequencies = inverseFrequencies({ headSize: 12, rope: { theta: 100000, scaling: null } })
    assert.deepStrictEqual([...frequencies], unscaled)
  })

  it("given llama3's scaling, then short waves stay and long ones are divided, bit for bit", () => {
    const scaling = { factor: 2.5, lowFrequencyFactor: 1.1, highFrequencyFactor: 3.3, originalMaxPositions: 100 }
    const frequencies = inverseFrequencies({ headSize: 12, rope: { theta: 10000, scaling } })
    assert.deepStrictEqual([...frequencies], scaled)
  })

  it("given Llama 3.2's own settings, then its own frequencies, bit for bit", () => {
    const scaling = { factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8192 }
    const frequencies = inverseFrequencies({ headSize: 64, rope: { theta: 500000, scaling } })
    assert.deepStrictEqual([...frequencies], llama32)
    // by hand: pair 15 turns once in 2 pi 500000^(15/32) = 2948 positions, between 8192/4 and 8192/1
    const unscaled15 = 500000 ** (-15 / 32)
    const smooth = ((8192 * unscaled15) / (2 * Math.PI) - 1) / 3
    assert.approximately(frequencies[15], unscaled15 * ((1 - smooth) / 32 + smooth), 1e-9)
  })
})

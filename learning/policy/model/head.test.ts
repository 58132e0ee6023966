/** Scores and their way back in stretches: where logits are cut, and whether probabilities are kept, changes nothing. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { sequence } from "../../random/sequence.ts"
import type { Device } from "../device.ts"
import { deviceFor, plainConfig, testOps } from "../policies-for-tests.ts"
import { type HeadLimits, scoreTokens, scoreTokensBackward } from "./head.ts"

const { hiddenSize, vocabularySize } = plainConfig
const count = 11
const { below, uniform } = sequence(5, 1)
const random = (size: number) => Float32Array.from({ length: size }, () => uniform() - 0.5)
const numbers = {
  rows: random(count * hiddenSize),
  head: random(vocabularySize * hiddenSize),
  targets: Int32Array.from({ length: count }, () => below(vocabularySize)),
  gradients: { dLogProbs: random(count), dEntropies: random(count) }
}

let device: Device
beforeAll(async () => {
  device = deviceFor(await testOps(), plainConfig)
})

const all = (limits: HeadLimits) => {
  const { ops } = device
  return ops.scope(() => {
    const input = {
      rows: ops.floats(numbers.rows, [count, hiddenSize]),
      head: ops.floats(numbers.head, [vocabularySize, hiddenSize]),
      ...{ targets: numbers.targets, temperature: 0.7 }
    }
    const scores = scoreTokens(device, input, true, limits)
    const back = scoreTokensBackward(device, input, scores, numbers.gradients, limits)
    const parts = [scores.logProbs, scores.entropies, ops.read(back.dRows), ops.read(back.head)]
    return { parts, kept: scores.kept.filter((each) => each !== null).length, stretches: scores.kept.length }
  })
}

describe("scores in stretches", () => {
  const whole = { logits: 1e6, kept: 1e6 }
  it.each([
    [{ logits: 4 * vocabularySize, kept: 1e6 }, 3, 3],
    [{ logits: 4 * vocabularySize, kept: 0 }, 3, 0],
    [{ logits: 1, kept: 0 }, count, 0],
    [{ logits: 1e6, kept: 0 }, 1, 0]
  ])("given at most %j, then scores and gradients are those of all at once", (limits, stretches, kept) => {
    const before = device.ops.live()
    const expected = all(whole)
    const found = all(limits)
    assert.deepStrictEqual([found.stretches, found.kept], [stretches, kept])
    for (const [i, part] of found.parts.entries()) {
      assert.strictEqual(part.length, expected.parts[i].length)
      for (const [n, value] of part.entries()) assert.approximately(value, expected.parts[i][n], 1e-5)
    }
    assert.strictEqual(device.ops.live(), before)
  })
})

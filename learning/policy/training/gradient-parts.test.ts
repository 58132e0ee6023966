/** How a gradient task is cut into parts: nothing lost, nothing twice, no part larger than allowed. */
import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../../random/sequence.ts"
import { plainConfig, randomBatch } from "../policies-for-tests.ts"
import { gradientParts } from "./gradient-parts.ts"

const taskOf = (seed: number) => {
  const { between } = sequence(seed, 1)
  const [prompts, samples] = [between(1, 4), between(1, 7)]
  const lengths = Array.from({ length: prompts }, () => Array.from({ length: 1 + samples }, () => between(1, 6)))
  const batch = randomBatch(plainConfig, seed, lengths)
  const tokens = batch.responses.flat().reduce((sum, { length }) => sum + length, 0)
  return {
    ...{ batch, temperature: 0.7, objective: { kind: "supervised" } as const, batchTokens: tokens, recompute: true },
    oldLogProbs: Float32Array.from({ length: tokens }, (_, n) => n),
    referenceLogProbs: Float32Array.from({ length: tokens }, (_, n) => 1000 + n),
    behaviourLogProbs: Float32Array.from({ length: tokens }, (_, n) => 2000 + n),
    advantages: Float32Array.from({ length: tokens }, (_, n) => 3000 + n),
    divisors: {
      loss: Float64Array.from({ length: prompts * samples }, (_, n) => n),
      terms: Float64Array.from({ length: prompts * samples }, (_, n) => n + 0.5)
    },
    microBatch: between(1, 12)
  }
}

describe("gradientParts", () => {
  it("given 200 tasks, then every token and rollout is in exactly one part, beside what belongs to it", () => {
    for (let seed = 0; seed < 200; seed++) {
      const task = taskOf(seed)
      const parts = gradientParts(task)
      const all = task.batch.responses.flat()
      const flat = all.flatMap((response) => [...response])
      const seen: Array<number> = []
      const rollouts: Array<number> = []
      for (const part of parts) {
        const { advantages, batch, behaviourLogProbs, divisors, oldLogProbs, recompute, referenceLogProbs } = part
        const { temperature, tokens } = part
        const own = batch.responses.flat()
        assert.deepStrictEqual([temperature, recompute], [0.7, true])
        assert.deepStrictEqual(batch.prompts, task.batch.prompts)
        assert.deepStrictEqual(
          own.flatMap((response) => [...response]),
          [...tokens].map((place) => flat[place])
        )
        assert.deepStrictEqual([...oldLogProbs], [...tokens])
        assert.deepStrictEqual(
          [...referenceLogProbs],
          [...tokens].map((place) => 1000 + place)
        )
        assert.deepStrictEqual(
          [...behaviourLogProbs],
          [...tokens].map((place) => 2000 + place)
        )
        assert.deepStrictEqual(
          [...advantages],
          [...tokens].map((place) => 3000 + place)
        )
        own.forEach((response, i) => {
          assert.strictEqual(response, all[divisors?.loss[i] ?? -1])
          assert.strictEqual(divisors?.terms[i], (divisors?.loss[i] ?? -1) + 0.5)
        })
        const most = Math.max(task.microBatch, batch.prompts.length)
        assert.isAtMost(own.length, most)
        assert.isAbove(own.length, 0)
        seen.push(...tokens)
        rollouts.push(...(divisors?.loss ?? []))
      }
      const ascending = (values: ReadonlyArray<number>) => [...values].sort((a, b) => a - b)
      assert.deepStrictEqual(ascending(seen), [...flat.keys()])
      assert.deepStrictEqual(ascending(rollouts), [...all.keys()])
    }
  })

  it("given no size or one that all fit in, then one part that is the task", () => {
    const { microBatch: _, ...task } = taskOf(3)
    for (const size of [{}, { microBatch: 1000 }]) {
      const [part, ...others] = gradientParts({ ...task, ...size })
      assert.deepStrictEqual(others, [])
      assert.deepStrictEqual(part.batch, task.batch)
      assert.deepStrictEqual(part.oldLogProbs, task.oldLogProbs)
      assert.deepStrictEqual(part.advantages, task.advantages)
    }
  })

  it("given arrays of another length than the batch needs, then it names the array and both lengths", () => {
    const task = taskOf(4)
    const tokens = task.oldLogProbs.length
    for (const name of ["oldLogProbs", "referenceLogProbs", "behaviourLogProbs", "advantages"] as const) {
      const wrong = { ...task, [name]: task[name].subarray(1) }
      // Nothing at all is what an objective without them gives.
      if (tokens === 1) continue
      assert.throws(() => gradientParts(wrong), `${name} has ${tokens - 1} entries, the batch needs ${tokens}`)
    }
    const none = new Float32Array(0)
    for (const part of gradientParts({ ...task, oldLogProbs: none, referenceLogProbs: none, advantages: none }))
      assert.deepStrictEqual(
        [part.oldLogProbs.length, part.referenceLogProbs.length, part.advantages.length],
        [0, 0, 0]
      )
  })
})

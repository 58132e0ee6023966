import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { RunConfig } from "../../schemas/run-config.ts"
import { ppo, smallRun } from "../small-run.fixture.ts"
import {
  examplesOf,
  groupStart,
  isCriticWarmUp,
  partOf,
  rolloutStepOf,
  rolloutsIn,
  samplesOf,
  updateOf
} from "./batch.ts"

const Between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const promptsOf = (count: number): RunConfig["prompts"] => {
  const [first, ...rest] = Array.from({ length: count }, (_, i) => ({
    promptId: `p${i}`,
    text: `${i}+1=?\n`,
    answer: `${i + 1}`
  }))
  return [first, ...rest]
}

/** What a run of these sizes draws for its batches, by the place of each example in the configuration. */
const drawnBy = (choices: Partial<RunConfig>, batches: number): ReadonlyArray<ReadonlyArray<number>> => {
  const run = smallRun(choices)
  return Array.from({ length: batches }, (_, batch) =>
    examplesOf(run, batch * run.config.updatesPerBatch).map(({ id }) => Number(id.slice(1)))
  )
}

const upTo = (n: number): ReadonlyArray<number> => Array.from({ length: n }, (_, i) => i)

const set = { prompts: promptsOf(7), batchPrompts: 2 }

describe("examplesOf", () => {
  it("given no word of how many, or as many as there are, then a batch has every example in the order of the configuration", () => {
    for (const choices of [{}, { batchPrompts: 7 }])
      assert.deepStrictEqual(drawnBy({ ...choices, prompts: promptsOf(7) }, 2), [upTo(7), upTo(7)])
  })

  it.prop(
    "given any set, then no example comes twice before all have come that fill whole batches, and each batch is in order",
    { examples: Between(2, 12), size: Between(1, 12), seed: Between(0, 1e6) },
    ({ examples, seed, size }) => {
      const batchPrompts = 1 + (size % examples)
      const perEpoch = Math.floor(examples / batchPrompts)
      const drawn = drawnBy({ prompts: promptsOf(examples), batchPrompts, seed }, 3 * perEpoch)
      for (const batch of drawn) {
        assert.lengthOf(batch, batchPrompts)
        assert.deepStrictEqual(
          batch,
          [...batch].sort((a, b) => a - b)
        )
      }
      for (let epoch = 0; epoch < 3; epoch++) {
        const seen = drawn.slice(epoch * perEpoch, (epoch + 1) * perEpoch).flat()
        assert.strictEqual(new Set(seen).size, perEpoch * batchPrompts)
      }
    }
  )

  it("given a set that batches do not fill evenly, then what is left over is another example in other epochs", () => {
    const leftOut = upTo(12).map((epoch) => {
      const seen = new Set(
        drawnBy(set, 36)
          .slice(3 * epoch, 3 * epoch + 3)
          .flat()
      )
      return upTo(7).filter((i) => !seen.has(i))
    })
    assert.isTrue(leftOut.every((left) => left.length === 1))
    assert.isAbove(new Set(leftOut.flat()).size, 3)
  })

  it("given another epoch or another seed, then the order is another one; given the same, then the same", () => {
    const drawn = drawnBy(set, 6)
    assert.notDeepEqual(drawn.slice(0, 3), drawn.slice(3))
    assert.notDeepEqual(drawnBy({ ...set, seed: 4 }, 6), drawn)
    assert.deepStrictEqual(drawnBy(set, 6), drawn)
  })

  it("given several updates a batch, then batches are counted and not updates", () => {
    assert.deepStrictEqual(drawnBy({ ...set, updatesPerBatch: 2 }, 6), drawnBy(set, 6))
  })

  it("given how many examples a batch has, then its rollouts are as many times those of one", () => {
    assert.strictEqual(rolloutsIn(smallRun({ ...set, copies: 3, groupSize: 5 })), 2 * 15)
    assert.strictEqual(rolloutsIn(smallRun({ prompts: promptsOf(7) })), 7 * 4)
  })
})

describe("partOf", () => {
  /** Rollouts of a batch as `example/sample`, and what each update learns from. */
  const parts = (examples: number, choices: Partial<RunConfig>) => {
    const { config } = smallRun({ prompts: promptsOf(examples), ...choices })
    const rollouts = upTo(examples).flatMap((p) => upTo(samplesOf(config)).map((sample) => `${p}/${sample}`))
    return { rollouts, parts: upTo(config.updatesPerBatch).map((update) => partOf(rollouts, config, update)) }
  }

  it("given examples that the updates divide, then each has examples of its own, with all their rollouts", () => {
    assert.deepStrictEqual(parts(2, { copies: 1, groupSize: 2, updatesPerBatch: 2 }).parts, [
      ["0/0", "0/1"],
      ["1/0", "1/1"]
    ])
  })

  it("given examples that they do not divide, then each has as many samples of every example", () => {
    assert.deepStrictEqual(parts(3, { copies: 2, groupSize: 2, updatesPerBatch: 2, steps: 2 }).parts, [
      ["0/0", "0/1", "1/0", "1/1", "2/0", "2/1"],
      ["0/2", "0/3", "1/2", "1/3", "2/2", "2/3"]
    ])
  })

  it.prop(
    "given any sizes that go, then every rollout is in one part, in order, and the parts are equally large",
    { examples: Between(1, 4), each: Between(1, 3), updates: Between(1, 6), byExample: Schema.Boolean },
    ({ byExample, each, examples, updates }) => {
      const [count, groupSize] = byExample ? [examples * updates, each + 1] : [examples, (each + 1) * updates]
      const cut = parts(count, {
        copies: 1,
        groupSize,
        cohorts: 1,
        shards: 1,
        updatesPerBatch: updates,
        steps: updates
      })
      assert.sameMembers(cut.parts.flat(), cut.rollouts)
      for (const part of cut.parts) {
        assert.lengthOf(part, cut.rollouts.length / updates)
        assert.deepStrictEqual(
          part,
          cut.rollouts.filter((name) => part.includes(name))
        )
      }
    }
  )
})

describe("steps and updates of a batch", () => {
  it("given three updates a batch, then a step knows when its rollouts were sampled and which of the three it is", () => {
    const { config } = smallRun({ updatesPerBatch: 3, steps: 6, copies: 3 })
    assert.deepStrictEqual(
      upTo(6).map((step) => rolloutStepOf(config, step)),
      [0, 0, 0, 3, 3, 3]
    )
    assert.deepStrictEqual(
      upTo(6).map((step) => updateOf(config, step)),
      [0, 1, 2, 0, 1, 2]
    )
  })

  it("given a warm-up in batches, then only the critic learns in all updates of these, and never without one", () => {
    const critic = { ...ppo.critic, warmUpBatches: 1 }
    const { config } = smallRun({ ...ppo, critic, updatesPerBatch: 2 })
    assert.deepStrictEqual(
      upTo(4).map((step) => isCriticWarmUp(config, step)),
      [true, true, false, false]
    )
    for (const choices of [ppo, {}]) assert.isFalse(isCriticWarmUp(smallRun(choices).config, 0))
  })

  it("given how rollouts are grouped, then a group begins with each copy, or with each example", () => {
    const starts = (choices: Partial<RunConfig>) => upTo(8).map((i) => groupStart(smallRun(choices).config, i))
    assert.deepStrictEqual(starts({}), [0, 0, 2, 2, 4, 4, 6, 6])
    assert.deepStrictEqual(starts({ grouping: "example" }), [0, 0, 0, 0, 4, 4, 4, 4])
  })
})

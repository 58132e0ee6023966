import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { plainConfig } from "../../learning/policy/policies-for-tests.ts"
import * as learning from "../../learning/policy/training/lora.ts"
import { loraTargets } from "../../schemas/run-config.ts"
import { type LoraFlags, loraOf } from "./adapter.ts"

const none: LoraFlags = { loraRank: null, loraAlpha: null, loraTargets: null }
const of = (flags: Partial<LoraFlags>, seed = 0) => loraOf({ ...none, ...flags }, plainConfig, seed)

describe("loraOf", () => {
  it("given the targets that a configuration may name, then they are those that can be trained", () => {
    assert.deepStrictEqual([...loraTargets], [...learning.loraTargets])
  })

  it.effect("given a rank alone, then every matrix, scaled by two; given none, then no adapter", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* of({ loraRank: 3 }), { rank: 3, alpha: 6, targets: loraTargets })
      assert.isNull(yield* of({}))
    })
  )

  it.effect("given targets in any order, then those of a layer; given another seed, then another first policy", () =>
    Effect.gen(function* () {
      const typed = { loraRank: 2, loraTargets: "down_proj, q_proj" }
      const first = yield* of(typed)
      assert.deepStrictEqual(first?.targets, ["q_proj", "down_proj"])
      assert.deepStrictEqual(yield* of(typed), first)
      assert.notStrictEqual((yield* of(typed, 1))?.initial, first?.initial)
    })
  )

  it.effect.each([
    [{ loraRank: 0 }, "--lora-rank 0 is out of range: it goes from 1 to 12"],
    [{ loraRank: 13 }, "--lora-rank 13 is out of range"],
    [{ loraRank: 2, loraAlpha: 0 }, "--lora-alpha 0 is out of range"],
    [{ loraAlpha: 4 }, "need --lora-rank"],
    [
      { loraRank: 2, loraTargets: "q_porj" },
      'no matrix of a layer: "q_porj"; did you mean "q_proj"? Known: q_proj, k_proj'
    ],
    [{ loraRank: 2, loraTargets: "q_proj," }, 'no matrix of a layer: ""; Known: q_proj']
  ] as const)("given %j, then it is refused in words", ([flags, said]) =>
    Effect.gen(function* () {
      assert.include((yield* Effect.flip(of(flags))).message, said)
    })
  )
})

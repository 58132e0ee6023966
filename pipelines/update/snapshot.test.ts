import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { FoldState } from "../../learning/objective/fold.ts"
import { encodeSafetensors } from "../../learning/policy/checkpoint/safetensors.ts"
import { layout } from "../small-run.fixture.ts"
import { decodeSnapshot, encodeSnapshot } from "./snapshot.ts"

const numbers = (first: number) => Float32Array.from({ length: layout.size }, (_, i) => first + i)
const state: FoldState = {
  weights: numbers(0.25),
  firstMoment: numbers(-0.5),
  secondMoment: numbers(1000),
  step: 17
}

const flat = (name: string, data: Float32Array | Int32Array) => ({ name, shape: [data.length], data })
const { firstMoment, secondMoment, weights } = state

describe("a snapshot", () => {
  it.effect("given a state, then its bytes say all of it, and always in the same way", () =>
    Effect.gen(function* () {
      const bytes = encodeSnapshot(state)
      assert.deepStrictEqual(yield* decodeSnapshot(layout, bytes, "s"), state)
      assert.deepStrictEqual(encodeSnapshot(structuredClone(state)), bytes)
      assert.notDeepEqual(encodeSnapshot({ ...state, step: 18 }), bytes)
    })
  )

  it.effect("given bytes cut short anywhere, then reading fails and names the file", () =>
    Effect.gen(function* () {
      const bytes = encodeSnapshot(state)
      for (let length = 0; length < bytes.length; length += 997) {
        const failure = yield* Effect.flip(decodeSnapshot(layout, bytes.slice(0, length), "the-snapshot"))
        assert.strictEqual(failure._tag, "CheckpointInvalid")
        assert.include(failure.message, "the-snapshot")
      }
    })
  )

  it.effect.each([
    ["no weights", [flat("first_moment", firstMoment), flat("second_moment", secondMoment)], { step: "1" }, "weights"],
    [
      "moments of another size",
      [flat("weights", weights), flat("first_moment", firstMoment.slice(1)), flat("second_moment", secondMoment)],
      { step: "1" },
      "first_moment"
    ],
    [
      "integers",
      [flat("weights", weights), flat("first_moment", firstMoment), flat("second_moment", new Int32Array(layout.size))],
      { step: "1" },
      "second_moment"
    ]
  ] as const)("given %s, then it is refused by that name", ([, tensors, metadata, name]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(decodeSnapshot(layout, encodeSafetensors(tensors, metadata), "s"))
      assert.strictEqual(failure._tag, "CheckpointInvalid")
      assert.include(failure.message, name)
    })
  )

  it.effect.each([[{}], [{ step: "" }], [{ step: "-1" }], [{ step: "1.5" }], [{ step: "soon" }]] as const)(
    "given the metadata %j, then it is refused for want of a step",
    ([metadata]) =>
      Effect.gen(function* () {
        const tensors = [
          flat("weights", weights),
          flat("first_moment", firstMoment),
          flat("second_moment", secondMoment)
        ]
        const failure = yield* Effect.flip(decodeSnapshot(layout, encodeSafetensors(tensors, metadata), "s"))
        assert.strictEqual(failure._tag, "CheckpointInvalid")
        assert.include(failure.message, "step")
      })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { constant } from "./constant.ts"
import { outcome } from "./outcome.ts"
import { resolveParameters } from "./parameters.ts"
import { random } from "./random.ts"
import { wrongLabel } from "./wrong-label.ts"

describe("resolveParameters", () => {
  it.effect.each([
    [random, {}, { share: 0.5 }],
    [random, { share: "0.25" }, { share: 0.25 }],
    [random, { share: 0 }, { share: 0 }],
    [random, { share: 1 }, { share: 1 }],
    [constant, { value: "-1e3" }, { value: -1000 }],
    [wrongLabel, {}, {}],
    [wrongLabel, { label: 7 }, { label: "7" }],
    [outcome, {}, {}]
  ] as const)("given %o and %j, then %j", ([reward, given, expected]) =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* resolveParameters(reward, given), expected)
    })
  )

  const allowed = "a number from 0 to 1, default 0.5"
  it.effect.each([
    [random, { shre: 1 }, `reward random, shre=1: it has no parameter "shre"; it takes share (${allowed})`],
    [random, { share: 1.01 }, `reward random, share=1.01: it must be ${allowed}`],
    [random, { share: -0.01 }, "it must be"],
    [random, { share: "" }, "it must be"],
    [random, { share: "NaN" }, "it must be"],
    [random, { toString: "1" }, 'it has no parameter "toString"'],
    [constant, { value: Number.POSITIVE_INFINITY }, "it must be"],
    [outcome, { share: 1 }, "it takes none"],
    [wrongLabel, { label: " " }, "it must be a text of 1 to 1000 characters, may be left out"],
    [wrongLabel, { label: "9".repeat(1001) }, "it must be a text"]
  ] as const)("given %o and %j, then it is refused with what is allowed", ([reward, given, said]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(resolveParameters(reward, given))
      assert.strictEqual(refused._tag, "RewardParameterRefused")
      assert.include(refused.message, said)
    })
  )
})

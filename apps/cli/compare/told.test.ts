import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { problem, problems } from "../../../learning/evaluation/outcomes.fixture.ts"
import { comparisonLines, comparisonTable, type Pair } from "./told.ts"

const terminal = { width: 120, color: false, unicode: true }
const pair = (test: string, a: ReadonlyArray<string>, b: ReadonlyArray<string>): Pair => ({
  ...{ test, set: test },
  a: problems(a),
  b: problems(b)
})
const lines = (...pairs: ReadonlyArray<Pair>) => comparisonLines({ a: "base", b: "trained", pairs, seed: 1 })

describe("a comparison of two policies", () => {
  it.effect("has a line for each test, and one over all problems, whatever their k", () =>
    Effect.gen(function* () {
      // Both sets call their problems p0 and p1, and ask them once and four times.
      const told = yield* lines(
        pair("greedy", ["0", "0"], ["1", "0"]),
        pair("avg@4", ["1111", "0000"], ["1100", "0000"])
      )
      assert.deepStrictEqual(
        told.map(({ accuracyA, accuracyB, comparison: { better, difference, problems, same, worse }, test }) => [
          ...[test, problems, accuracyA, accuracyB, difference.value],
          ...[better, worse, same]
        ]),
        [
          ["greedy", 2, 0, 0.5, 0.5, 1, 0, 1],
          ["avg@4", 2, 0.5, 0.25, -0.25, 0, 1, 1],
          ["all", 4, 0.25, 0.375, 0.125, 1, 1, 2]
        ]
      )
      assert.deepStrictEqual(
        told.map(({ comparison }) => comparison.test),
        ["mcnemar", "sign", "sign"]
      )
    })
  )

  it.effect("of one test has no line over all", () =>
    Effect.map(lines(pair("greedy", ["0"], ["1"])), (told) => assert.lengthOf(told, 1))
  )

  it.effect("is refused where one has a problem that the other has not", () =>
    Effect.gen(function* () {
      const odd: Pair = { ...pair("greedy", ["0"], ["1"]), b: [problem("p9", "1")] }
      const error = yield* Effect.flip(lines(odd))
      assert.include(error.message, "only in a: p0")
    })
  )

  it.effect("as a table names both and each test", () =>
    Effect.gen(function* () {
      const text = comparisonTable(yield* lines(pair("greedy", ["0", "1"], ["1", "1"])), terminal)
      assert.match(text, /^a {2}base$/m)
      assert.match(text, /^b {2}trained$/m)
      assert.match(text, /^greedy \(greedy\) +2 +0\.500 +1\.000 +\+0\.500 +\[/m)
    })
  )
})

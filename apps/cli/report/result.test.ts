import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { exampleRun } from "./example-run.ts"
import { readResultLine, resultLine } from "./result.ts"

describe("the result line", () => {
  it.effect("is one line of JSON that its schema reads back", () =>
    Effect.gen(function* () {
      const line = resultLine(exampleRun)
      assert.notInclude(line, "\n")
      const result = yield* readResultLine(line)
      assert.deepInclude(result, { type: "result", run: "mini-two-0-s0", steps: 60 })
      assert.strictEqual(result.weightsSha256, exampleRun.weightsSha256)
      assert.deepInclude(result.base, { greedy: 0.24, avgAt8: 0.24 * 0.75, boxed: 0.76, samples: 8, train: 0.125 })
      assert.deepInclude(result.trained, { greedy: 0.91, greedyLow: 0.91 - 0.05, greedyHigh: 0.91 + 0.04 })
      assert.deepStrictEqual(result.trained.families.two, { greedy: 0.86, avgAt8: 0.86 * 0.75 })
    })
  )

  it("keeps the promised names", () => {
    const line: unknown = JSON.parse(resultLine(exampleRun))
    assert.hasAllKeys(line, ["type", "run", "steps", "base", "trained", "chosen", "weightsSha256"])
    assert.nestedPropertyVal(line, "base.boxed", 0.76)
    assert.nestedPropertyVal(line, "trained.greedy", 0.91)
  })

  it.effect("says which checkpoint validation chose, and which one is best on the tests and so optimistic", () =>
    Effect.gen(function* () {
      const { chosen } = yield* readResultLine(resultLine(exampleRun))
      assert.deepInclude(chosen.validation, { step: 40, accuracy: 0.917, problems: 60, optimistic: false })
      assert.deepInclude(chosen.bestOnTest, { step: 50, tests: ["greedy"], optimistic: true })
    })
  )

  it.effect("says null for what was not measured", () =>
    Effect.gen(function* () {
      const nothing = { validation: null, bestOnTest: null }
      const line = resultLine({ ...exampleRun, base: { greedy: [], sampled: [], train: [] }, chosen: nothing })
      const { base, chosen } = yield* readResultLine(line)
      assert.deepStrictEqual(chosen, nothing)
      assert.deepInclude(base, { greedy: null, avgAt8: null, boxed: null, train: null, samples: 0 })
    })
  )

  it.effect("that lost a field is refused", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(readResultLine('{"type":"result","run":"x"}'))
      assert.include(String(failure), "steps")
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { drawn } from "../../cli/sweep/choice.ts"
import { fullSizes } from "./sizes.ts"
import { singleExamples } from "./stopwatch.ts"

describe("the single runs", () => {
  const { sweep } = fullSizes
  const all = drawn(sweep.examples, sweep.drawSeed)

  it("given some of a sweep's examples, then they are spread evenly over its order, each once", () => {
    const places = singleExamples({ ...fullSizes, singles: 12 }).map((example) => all.indexOf(example))
    assert.deepStrictEqual(places, [0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44])
    assert.lengthOf(new Set(singleExamples({ ...fullSizes, singles: 7 })), 7)
  })

  it("given as many as there are, then all of them in the sweep's order", () => {
    assert.deepStrictEqual(singleExamples({ ...fullSizes, singles: all.length }), all)
  })
})

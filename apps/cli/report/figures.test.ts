import { assert, describe, it } from "@effect/vitest"
import { exampleRun } from "./example-run.ts"
import { change, families, headline, heldOutProblems, samplesPerProblem, signed, trainedOn } from "./figures.ts"
import type { RunSummary } from "./summary.ts"

const nothing = { greedy: [], sampled: [], train: [] }

describe("the figures of a run", () => {
  it("are greedy, average, pass, boxed and the training example's own", () => {
    assert.deepStrictEqual(
      headline(exampleRun).map(({ label, base, trained }) => [label, base?.value, trained?.value]),
      [
        ["greedy", 0.24, 0.91],
        ["avg@8", 0.24 * 0.75, 0.91 * 0.75],
        ["pass@8", 0.24 * 0.4 + 0.6, 0.91 * 0.4 + 0.6],
        ["boxed", 0.76, 0.7 + 0.91 / 4],
        ["training example", 0.125, 0.9375]
      ]
    )
    assert.deepStrictEqual(headline(exampleRun)[0].base?.interval, [0.24 - 0.05, 0.24 + 0.04])
    assert.strictEqual(heldOutProblems(exampleRun), 300)
  })

  it("family by family keep the order in which they were measured, without the whole", () => {
    assert.deepStrictEqual(
      families(exampleRun).map(({ family }) => family),
      ["chain", "prec", "eq", "word", "seq", "two"]
    )
    assert.strictEqual(families(exampleRun)[5].greedy.trained?.value, 0.86)
    assert.strictEqual(families(exampleRun)[5].sampled.base?.value, 0.14 * 0.75)
  })

  it("that were not measured are unknown, and so is their change", () => {
    const run: RunSummary = { ...exampleRun, trained: nothing }
    assert.strictEqual(headline(run)[0].trained, null)
    assert.strictEqual(change(headline(run)[0]), null)
    assert.strictEqual(samplesPerProblem(run), 8)
    assert.deepStrictEqual(families({ ...run, base: nothing }), [])
  })

  it("a change has its sign, and a very small one has none", () => {
    assert.deepStrictEqual([0.67, -0.1, 0, -0.0001].map(signed), ["+0.670", "-0.100", "0.000", "0.000"])
  })

  it("name the examples while they are few", () => {
    assert.strictEqual(trainedOn(exampleRun), "two:0")
  })
})

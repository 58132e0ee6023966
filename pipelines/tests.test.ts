import { assert, describe, it } from "@effect/vitest"
import type { BenchmarkTest } from "../schemas/evaluation-config.ts"
import { RunId } from "../schemas/ids.ts"
import { smallRun } from "./small-run.fixture.ts"
import { testsAt, testsOf } from "./tests.ts"

const plain = smallRun()
const { evaluation } = plain.config

const settings: BenchmarkTest = {
  test: "math500.paper",
  set: "math500",
  protocol: "paper",
  sheet: "a".repeat(64),
  count: 2,
  temperature: 0.6,
  topP: 0.95,
  samples: 3,
  maxTokens: 5,
  stop: ["</s>"],
  grader: "qwen",
  role: "test",
  at: "every"
}

const sitting = (of: Partial<BenchmarkTest> = {}) => ({
  ...plain,
  benchmarks: [{ settings: { ...settings, ...of }, questions: plain.heldOut.slice(0, 2) }]
})

/** Names of the tests at each step. */
const namesAt = (run: typeof plain) =>
  Array.from({ length: 5 }, (_, step) => testsAt(step, run).map(({ name }) => name))

describe("the tests of a run", () => {
  it("given four updates and a test every two, then greedy answers are asked every two and the others at both ends", () => {
    const ends = ["greedy", "avg@2", "train@2"]
    assert.deepStrictEqual(namesAt(plain), [ends, [], ["greedy"], [], ends])
  })

  it("given a benchmark, then it is sat as often as it says", () => {
    const often = namesAt(sitting())
    assert.deepStrictEqual(
      often.map((names) => names.includes("math500.paper")),
      [true, false, true, false, true]
    )
    const seldom = namesAt(sitting({ at: "ends" }))
    assert.deepStrictEqual(
      seldom.map((names) => names.includes("math500.paper")),
      [true, false, false, false, true]
    )
  })

  it("given a benchmark's settings, then its test has them, and what it leaves out is usual", () => {
    const told = (of: Partial<BenchmarkTest> = {}) => testsOf(sitting(of)).find(({ name }) => name === "math500.paper")
    const { grader, maxTokens, samples, stop, temperature, topP } = settings
    assert.deepInclude(told() ?? {}, { grader, maxTokens, samples, stop, temperature, topP, where: "anywhere" })
    const { stop: _, topP: __, ...short } = settings
    const run = { ...plain, benchmarks: [{ settings: short, questions: plain.heldOut }] }
    assert.deepInclude(testsOf(run).at(-1) ?? {}, { name: "math500.paper", stop: [], topP: 1 })
    assert.strictEqual(told({ where: "box" })?.where, "box")
  })

  it("given another grader for rewards, then the run's own tests go by it, in a box as training does", () => {
    const own = testsOf(smallRun({ grader: "deepscaler" }))
    assert.isTrue(own.every(({ grader, where }) => grader === "deepscaler" && where === "box"))
    assert.isTrue(testsOf(plain).every(({ grader }) => grader === "exact"))
  })

  it("given a run that has asked the base already, then the base is asked the examples alone", () => {
    const of = smallRun({ evaluation: { ...evaluation, baseRun: RunId.make("other") } })
    assert.deepStrictEqual(namesAt(of)[0], ["train@2"])
    assert.deepStrictEqual(namesAt(of)[4], ["greedy", "avg@2", "train@2"])
  })

  it("given a test without questions, then it is none", () => {
    assert.deepStrictEqual(
      testsOf({ ...sitting(), heldOut: [], examples: [] }).map(({ name }) => name),
      ["math500.paper"]
    )
    assert.deepStrictEqual(testsOf({ ...plain, heldOut: [], examples: [] }), [])
  })
})

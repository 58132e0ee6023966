import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type BenchmarkTest, EvaluationConfig } from "../schemas/evaluation-config.ts"
import { type ChoiceBy, chosenCheckpoint, type Judged, testsComparedBy } from "./choose-checkpoint.ts"
import { smallRun } from "./small-run.fixture.ts"

type Test = readonly [test: string, role: BenchmarkTest["role"]]

const benchmark = ([test, role]: Test): BenchmarkTest => ({
  ...{ test, set: test, protocol: "greedy", sheet: "a".repeat(64), count: 4 },
  ...{ temperature: 0, samples: 1, maxTokens: 8, grader: "exact", role, at: "every" }
})

const { config: small } = smallRun()

/** A run's configuration with these benchmarks; `problems` none: it holds none out. */
const configWith = (tests: ReadonlyArray<Test>, problems?: EvaluationConfig["problems"]) => {
  const evaluation = new EvaluationConfig({
    ...small.evaluation,
    ...(tests.length === 0 ? {} : { benchmarks: tests.map(benchmark) }),
    ...(problems === undefined ? {} : { problems })
  })
  return smallRun({ evaluation }).config
}

const sat = (step: number, protocol: string, accuracy: number, problems = 4): Judged["evaluations"][number] => {
  const rest = { samplesPerProblem: 1, low: 0, high: 1, passAtK: 0, boxed: 1, truncated: 0, responseLength: 5 }
  const result = { problems, accuracy, ...rest, figures: [] }
  return {
    step,
    protocol,
    results: [
      { group: "two", ...result, accuracy: 1 - accuracy },
      { group: "all", ...result }
    ]
  }
}

/** Accuracies of steps 0, 2, 4… in one test. */
const curve = (protocol: string, ...accuracies: ReadonlyArray<number>) =>
  accuracies.map((accuracy, i) => sat(2 * i, protocol, accuracy))

const stepBy = (by: ChoiceBy, config: Judged["config"], ...evaluations: Judged["evaluations"]) =>
  chosenCheckpoint({ config, evaluations, latest: 9 }, by)?.step ?? null

const validated: ReadonlyArray<Test> = [["v", "validation"]]

describe("by validation", () => {
  it("given accuracies of a validation set, then its best step, whatever the tests say", () => {
    const evaluations = [...curve("v", 0.25, 0.75, 0.5), ...curve("greedy", 0.1, 0.2, 0.9)]
    assert.deepStrictEqual(chosenCheckpoint({ config: configWith(validated), evaluations, latest: 9 }, "validation"), {
      ...{ by: "validation", step: 2, accuracy: 0.75, tests: ["v"], problems: 4, compared: [0, 2, 4] },
      optimistic: false
    })
  })

  it("given equals, then the earliest, in whatever order they were told", () => {
    const evaluations = curve("v", 0.25, 0.75, 0.75, 0.75)
    assert.strictEqual(stepBy("validation", configWith(validated), ...evaluations), 2)
    assert.strictEqual(stepBy("validation", configWith(validated), ...evaluations.toReversed()), 2)
  })

  it("given equal means that are summed to unlike bits, then they are equals all the same", () => {
    const config = configWith(["v", "w", "x"].map((test): Test => [test, "validation"]))
    const at = (step: number, ...[v, w, x]: ReadonlyArray<number>) => [
      sat(step, "v", v),
      sat(step, "w", w),
      sat(step, "x", x)
    ]
    assert.notStrictEqual(0.3 + 0.2 + 0.1, 0.1 + 0.2 + 0.3)
    assert.strictEqual(stepBy("validation", config, ...at(2, 0.3, 0.2, 0.1), ...at(4, 0.1, 0.2, 0.3)), 2)
    assert.strictEqual(stepBy("validation", config, ...at(2, 0.1, 0.2, 0.3), ...at(4, 0.3, 0.2, 0.1)), 2)
  })

  it("given two sets of unlike size, then each counts alike, and a step that lacks one is no candidate", () => {
    const config = configWith([...validated, ["w", "validation"]])
    const evaluations = [...curve("v", 0.2, 0.4, 1), sat(0, "w", 0.2, 400), sat(2, "w", 0.4, 400)]
    const chosen = chosenCheckpoint({ config, evaluations, latest: 9 }, "validation")
    assert.deepInclude(chosen, { step: 2, accuracy: 0.4, problems: 404, compared: [0, 2] })
  })

  it("given no validation set, or one that nobody sat, then none", () => {
    assert.isNull(stepBy("validation", configWith([]), ...curve("greedy", 0, 1)))
    assert.isNull(stepBy("validation", configWith(validated), ...curve("greedy", 0, 1)))
  })
})

describe("best on test", () => {
  it("given benchmarks, then the best average over them, and it is called optimistic", () => {
    const config = configWith([["m", "test"], ["n", "test"], ...validated])
    const evaluations = [
      ...curve("m", 0.1, 0.9, 0.6),
      ...curve("n", 0.1, 0.2, 0.6),
      ...curve("v", 1, 0, 0),
      ...curve("greedy", 1, 0, 0)
    ]
    const chosen = chosenCheckpoint({ config, evaluations, latest: 9 }, "best-on-test")
    assert.deepInclude(chosen, { step: 4, accuracy: 0.6, tests: ["m", "n"], optimistic: true })
  })

  it("given no benchmark, then the greedy test of the held-out problems; given none held out, then none", () => {
    const evaluations = curve("greedy", 0.2, 0.7, 0.5)
    assert.strictEqual(stepBy("best-on-test", configWith(validated), ...evaluations), 2)
    assert.deepStrictEqual(testsComparedBy(configWith(validated, []), "best-on-test"), [])
    assert.isNull(stepBy("best-on-test", configWith(validated, []), ...evaluations))
  })

  it("given tests that only the ends sat, then only these are compared", () => {
    const config = configWith([["m", "test"]])
    const evaluations = [...curve("greedy", 0, 1, 0.5), sat(0, "m", 0.2), sat(4, "m", 0.3)]
    const chosen = chosenCheckpoint({ config, evaluations, latest: 4 }, "best-on-test")
    assert.deepInclude(chosen, { step: 4, compared: [0, 4] })
  })
})

describe("the last", () => {
  it("is the newest policy, evaluated or not", () => {
    assert.strictEqual(stepBy("last", configWith([])), 9)
  })
})

const Share = Schema.Literals([0, 0.25, 1 / 3, 0.5, 2 / 3, 1])
const Evaluations = Schema.Array(
  Schema.Tuple([Schema.Literals([0, 2, 4, 6]), Schema.Literals(["v", "w", "greedy"]), Share])
).check(Schema.isMaxLength(20))

describe("any evaluations", () => {
  it.prop(
    "given a choice, then no compared step is better, none before it as good, all sat every test",
    { Evaluations },
    (drawn) => {
      const evaluations = drawn.Evaluations.map(([step, test, accuracy]) => sat(step, test, accuracy))
      const config = configWith([...validated, ["w", "validation"]])
      const chosen = chosenCheckpoint({ config, evaluations, latest: 6 }, "validation")
      const first = (step: number, test: string) =>
        drawn.Evaluations.find(([ofStep, ofTest]) => ofStep === step && ofTest === test)?.[2]
      const complete = [0, 2, 4, 6].filter((step) => first(step, "v") !== undefined && first(step, "w") !== undefined)
      assert.deepStrictEqual(chosen?.compared ?? [], complete)
      if (chosen === null) return
      const mean = (step: number) => ((first(step, "v") ?? 0) + (first(step, "w") ?? 0)) / 2
      assert.approximately(chosen.accuracy ?? -1, mean(chosen.step), 1e-12)
      for (const step of complete)
        if (step < chosen.step) assert.isBelow(mean(step), mean(chosen.step) - 1e-9)
        else assert.isAtMost(mean(step), mean(chosen.step) + 1e-9)
    }
  )
})

import { assert, describe, it } from "@effect/vitest"
import { accuracyFigure, type Figure, figuresOf } from "./figures.ts"
import { wilson95 } from "./interval.ts"
import type { ProblemOutcome } from "./outcome.ts"
import { AnySeed, AnyTest, answers, problem, problems } from "./outcomes.fixture.ts"

const seed = 1
const valuesOf = (figures: ReadonlyArray<Figure>): Readonly<Record<string, number>> =>
  Object.fromEntries(figures.map(({ metric, value }) => [metric, value]))
const all = (outcomes: ReadonlyArray<ProblemOutcome>) => figuresOf(outcomes, { seed })[0]
const figure = (outcomes: ReadonlyArray<ProblemOutcome>, name: string): Figure => {
  const found = all(outcomes).figures.find(({ metric }) => metric === name)
  assert(found !== undefined, name)
  return found
}

describe("figuresOf", () => {
  it("given no problems, then there are no figures", () => {
    assert.deepStrictEqual(figuresOf([], { seed }), [])
  })

  it("given problems of two groups, then all come first, then the groups as they appear", () => {
    const outcomes = [problem("1", "1", "b"), problem("2", "0", "a"), problem("3", "0", "b")]
    assert.deepStrictEqual(
      figuresOf(outcomes, { seed }).map(({ figures, group, problems: count, samplesPerProblem }) => [
        group,
        count,
        samplesPerProblem,
        figures[0].value
      ]),
      [
        ["all", 3, 1, 1 / 3],
        ["b", 2, 1, 1 / 2],
        ["a", 1, 1, 0]
      ]
    )
  })

  it("given one group only, then it is told beside all, with the same figures", () => {
    const [first, second, ...others] = figuresOf(problems(["10", "11", "00"]), { seed })
    assert.strictEqual(second.group, "g")
    assert.deepStrictEqual({ ...second, group: "all" }, first)
    assert.lengthOf(others, 0)
  })

  it("given one answer a problem, then neither pass@k nor maj@k is told", () => {
    assert.deepStrictEqual(
      all(problems(["1", "0"])).figures.map(({ metric }) => metric),
      ["accuracy", "boxed", "truncated", "responseLength", "reflection", "gaveUp", "wouldExecute"]
    )
  })

  it("given four answers a problem, then accuracy is avg@4, and pass@k and maj@k are means over problems", () => {
    const values = valuesOf(all(problems(["1000", "1111", "0000", "0011"])).figures)
    assert.deepStrictEqual(Object.keys(values).slice(0, 4), ["accuracy", "pass@2", "pass@4", "maj@4"])
    assert.strictEqual(values.accuracy, 7 / 16)
    // 1 - C(3,2)/C(4,2) = 1/2, 1, 0, 1 - C(2,2)/C(4,2) = 5/6
    assert.approximately(values["pass@2"], (1 / 2 + 1 + 0 + 5 / 6) / 4, 1e-15)
    assert.strictEqual(values["pass@4"], 3 / 4)
    assert.strictEqual(values["maj@4"], (0 + 1 + 0 + 1 / 2) / 4)
  })

  it("given the other facts of answers, then each is a mean over all answers", () => {
    const outcome = (...given: Parameters<typeof answers>): ProblemOutcome => ({
      problemId: "p",
      group: "g",
      answers: answers(...given)
    })
    const { figures } = all([
      outcome(
        { boxed: false, length: 2, reflects: true },
        { truncated: true, length: 4, gaveUp: true, correct: false }
      ),
      outcome(
        { truncated: true, length: 10, gaveUp: true, correct: false },
        { truncated: true, length: 9, wouldExecute: true }
      )
    ])
    assert.deepInclude(valuesOf(figures), {
      accuracy: 1 / 2,
      boxed: 3 / 4,
      truncated: 3 / 4,
      responseLength: 6.25,
      reflection: 1 / 4,
      gaveUp: 1 / 2,
      wouldExecute: 1 / 4
    })
  })

  it("given problems that all score alike, then a share has Wilson's interval and a length none", () => {
    const perfect = problems(Array.from({ length: 20 }, () => "11"))
    assert.deepStrictEqual(figure(perfect, "accuracy"), { metric: "accuracy", value: 1, ...wilson95(1, 20) })
    assert.approximately(figure(perfect, "truncated").high, 0.1611, 5e-5)
    assert.deepInclude(figure(perfect, "responseLength"), { low: 10, value: 10, high: 10 })
    assert.approximately(figure(problems(["10", "01", "10"]), "accuracy").low, wilson95(0.5, 3).low, 1e-15)
  })

  it("given problems that differ, then the interval is the bootstrap's: five problems, one right", () => {
    // The 97.5 % quantile of five tosses with probability 1/5 is 3.
    assert.deepInclude(figure(problems(["1", "0", "0", "0", "0"]), "accuracy"), { low: 0, value: 0.2, high: 0.6 })
  })

  it("given problems of one kind, then four times as many give an interval half as wide", () => {
    const width = (copies: number) => {
      const { high, low } = figure(
        problems(Array.from({ length: 10 * copies }, (_, i) => (i % 10 < 4 ? "1" : "0"))),
        "accuracy"
      )
      return high - low
    }
    assert.approximately(width(40) / width(10), 1 / 2, 0.05)
  })

  it("given a problem with fewer answers, then it is refused and named", () => {
    const uneven = [problem("whole", "101"), problem("short", "10")]
    assert.throws(
      () => figuresOf(uneven, { seed }),
      "problem short has 2 answers where whole has 3. Give every problem of a test equally many"
    )
  })

  it.prop(
    "given any test, then low ≤ value ≤ high, and shares lie within 0 and 1",
    { test: AnyTest, seed: AnySeed },
    (drawn) => {
      for (const { figures } of figuresOf(drawn.test, { seed: drawn.seed, resamples: 50 }))
        for (const { high, low, metric, value } of figures) {
          assert.isTrue(low <= value && value <= high, `${metric}: ${low} ${value} ${high}`)
          if (metric !== "responseLength") assert.isTrue(0 <= low && high <= 1, `${metric}: ${low} ${high}`)
        }
    }
  )

  it.prop(
    "given any test, then accuracy ≤ pass@2 ≤ pass@3, and no group depends on another",
    { test: AnyTest, seed: AnySeed },
    (drawn) => {
      const options = { seed: drawn.seed, resamples: 20 }
      const told = figuresOf(drawn.test, options)
      for (const { figures } of told) {
        const values = valuesOf(figures)
        assert.isAtMost(values.accuracy, values["pass@2"] + 1e-12)
        assert.isAtMost(values["pass@2"], values["pass@3"] + 1e-12)
      }
      for (const group of told.slice(1)) {
        const alone = figuresOf(
          drawn.test.filter((outcome) => outcome.group === group.group),
          options
        )
        assert.deepStrictEqual(alone[1], group)
      }
    }
  )

  it.prop("given the same outcomes and seed, then the same bits", { test: AnyTest, seed: AnySeed }, (drawn) => {
    const options = { seed: drawn.seed, resamples: 20 }
    assert.deepStrictEqual(figuresOf(drawn.test, options), figuresOf(structuredClone(drawn.test), options))
  })

  it("given another seed, then the values stay and intervals may move", () => {
    const marks = Array.from({ length: 40 }, (_, i) => ["110", "000", "101", "111"][(i * i) % 4] ?? "000")
    const [one, other] = [1, 2].map((each) => figuresOf(problems(marks), { seed: each, resamples: 100 })[0].figures)
    assert.deepStrictEqual(valuesOf(one), valuesOf(other))
    assert.notDeepEqual(one, other)
  })
})

describe("accuracyFigure", () => {
  it.prop(
    "given any test, then it is the accuracy that is told of all problems",
    { outcomes: AnyTest, seed: AnySeed },
    (drawn) => {
      const options = { seed: drawn.seed, resamples: 20 }
      assert.deepStrictEqual(accuracyFigure(drawn.outcomes, options), figuresOf(drawn.outcomes, options)[0].figures[0])
    }
  )

  it("given no problems, or problems with unequally many answers, then there is none", () => {
    assert.isNull(accuracyFigure([], { seed }))
    assert.isNull(accuracyFigure([problem("1", "1"), problem("2", "10")], { seed }))
  })
})

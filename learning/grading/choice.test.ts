import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { sequence } from "../random/sequence.ts"
import { gradeChoice } from "./choice.ts"
import { grade } from "./grade.ts"
import { Grader } from "./grader.ts"
import { hostileSubmission } from "./hostile-answers.ts"
import { gradingModes } from "./modes.ts"
import { choiceRules, namedChoice } from "./named-choice.ts"
import type { Choice, Submission } from "./submission.ts"

const labels = ["A", "B", "C", "D"] as const

const offered = (...texts: ReadonlyArray<string>): ReadonlyArray<Choice> =>
  texts.map((text, at) => ({ label: labels[at], text }))

/** The same with digits for labels. */
const numbered = (...texts: ReadonlyArray<string>): ReadonlyArray<Choice> =>
  texts.map((text, at) => ({ label: `${at + 1}`, text }))

const weather = offered("hot", "cold", "wet and windy", "A dry day")

const submission = (text: string, more: Partial<Submission> = {}) => ({
  id: "a",
  text,
  reference: "B",
  choices: weather,
  ...more
})

const shuffled = <A>(of: ReadonlyArray<A>, seed: number): ReadonlyArray<A> => {
  const random = sequence(seed, 1)
  const left = [...of]
  return of.flatMap(() => left.splice(random.below(left.length), 1))
}

describe("namedChoice", () => {
  it.each([
    ["B", "B", "label"],
    ["(B)", "B", "label"],
    ["[B]", "B", "label"],
    ["B.", "B", "label"],
    ["B)", "B", "label"],
    ["B:", "B", "label"],
    [" (B). ", "B", "label"],
    ["\\text{B}", "B", "label"],
    ["\\textbf{(B)}", "B", "label"],
    ["$\\mathrm{B}$", "B", "label"],
    ["**B**", "B", "label"],
    ["\\left(B\\right)", "B", "label"],
    ["B: cold", "B", "label before text"],
    ["B:cold", "B", "label before text"],
    ["(B) cold", "B", "label before text"],
    ["(B)cold", "B", "label before text"],
    ["B. cold", "B", "label before text"],
    ["B cold", "B", "label before text"],
    ["\\text{B. cold}", "B", "label before text"],
    ["B: hot", "B", "label before text"],
    ["cold", "B", "text of a choice"],
    ["  COLD.", "B", "text of a choice"],
    ["\\text{Wet  and\\ windy}", "C", "text of a choice"],
    ["A dry day", "D", "text of a choice"],
    ["b", "B", "label in the other case"],
    ["(b) cold", "B", "label in the other case"],
    ["A and B", null, "no choice"],
    ["(A) and (B)", null, "more than one choice"],
    ["(A), (B)", null, "more than one choice"],
    ["A. B", null, "more than one choice"],
    ["A cold day", null, "no choice"],
    ["E", null, "no choice"],
    ["Bcold", null, "no choice"],
    ["colder", null, "no choice"],
    ["", null, "no choice"]
  ] as const)("given %j among hot, cold, wet and windy, A dry day, then it is %j: %s", (answer, label, rule) => {
    assert.deepStrictEqual(namedChoice(answer, weather), { label, rule })
  })

  it.each([
    ["2", offered("1", "2", "4", "8"), "B", "text of a choice"],
    ["4", numbered("1", "2", "4", "8"), "4", "label"],
    ["8", numbered("1", "2", "4", "8"), "4", "text of a choice"],
    ["1.5", numbered("1.5", "2.5", "3.5", "4.5"), "1", "text of a choice"],
    ["2.7", numbered("1.5", "2.5", "3.5", "4.5"), null, "no choice"],
    ["1:2", numbered("3:4", "1:2", "2:1", "4:3"), "2", "text of a choice"],
    ["2. 8", numbered("1", "2", "4", "8"), "2", "label before text"],
    ["B", offered("B", "A", "C", "D"), "B", "label"],
    ["b", offered("b", "a", "c", "d"), "A", "text of a choice"],
    ["same", offered("same", "Same", "c", "d"), null, "more than one choice"],
    ["(A) and (B)", offered("x", "y", "z", "(A) and (B)"), "D", "text of a choice"],
    ["A. C", offered("C", "y", "z", "w"), "A", "label before text"],
    ["x^{2}", offered("$x$", "$x^2$", "$2x$", "1"), "B", "text of a choice"]
  ] as const)("given %j of %j, then it is %j: %s", (answer, choices, label, rule) => {
    assert.deepStrictEqual(namedChoice(answer, choices), { label, rule })
  })
})

describe("gradeChoice", () => {
  it("given the right letter in a box, then it is right by every mode, and says how both sides were compared", () => {
    const compared = { answer: "B", reference: "B" }
    for (const [mode, by] of [
      ["exact", ""],
      ["deepscaler", ""],
      ["qwen", "box; "]
    ] as const)
      assert.deepStrictEqual(gradeChoice(submission("so \\boxed{B}.", { mode, choices: weather })), {
        extracted: "B",
        verdict: "correct",
        rule: `${by}label`,
        compared
      })
  })

  it.each([
    ["exact", "The answer is B.", { extracted: null, verdict: "no-answer", rule: "no box" }],
    ["deepscaler", "The answer is B.", { extracted: null, verdict: "no-answer", rule: "no box" }],
    ["deepscaler", "\\boxed {B}", { extracted: null, verdict: "no-answer", rule: "no box" }],
    ["qwen", "…", { extracted: null, verdict: "no-answer", rule: "no answer" }],
    ["exact", "\\boxed{}", { extracted: "", verdict: "incorrect", rule: "no choice" }],
    ["exact", "\\boxed{wind}", { extracted: "wind", verdict: "incorrect", rule: "no choice" }]
  ] as const)("given %s and %j, then %j", (mode, text, expected) => {
    assert.deepStrictEqual(gradeChoice(submission(text, { mode, choices: weather })), expected)
  })

  it.each([
    ["qwen", "box", "The answer is (B).", "answer is; label"],
    ["qwen", "box", "The answer is B because it is so", "answer is; last letter"],
    ["qwen", "box", "Of all of them I like B", "nothing; last letter"],
    ["exact", "anywhere", "The answer is B.", "answer phrase; label"],
    ["exact", "anywhere", "\\boxed{cold}", "text of a choice"]
  ] as const)("given %s, looking %s, and %j, then it is right by: %s", (mode, where, text, rule) => {
    const found = gradeChoice(submission(text, { mode, where, choices: weather }))
    assert.deepStrictEqual([found.verdict, found.rule], ["correct", rule])
  })

  it("given a letter that is none of the problem's, then the last letter of a response is not taken", () => {
    const { verdict } = gradeChoice(submission("I like E", { mode: "qwen", choices: weather }))
    assert.strictEqual(verdict, "no-answer")
  })

  it("given a reference that is not the label of one choice, then nothing is said of the answer", () => {
    const twice = [...weather, { label: "B", text: "mild" }]
    for (const more of [{ reference: "E" }, { reference: "cold" }, { choices: twice }, { choices: [] }])
      assert.deepStrictEqual(gradeChoice(submission("\\boxed{B}", { choices: weather, ...more })), {
        extracted: null,
        verdict: "unknown",
        rule: "gave up: the reference is not the label of one choice"
      })
  })

  const colours = ["red", "green", "blue", "grey"]

  const Texts = Schema.Array(Schema.String.check(Schema.isMaxLength(6))).check(
    Schema.isMinLength(4),
    Schema.isMaxLength(4)
  )

  it.prop(
    "given any order of the choices, then a right text stays right and a wrong one wrong",
    { texts: Texts, seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 })) },
    ({ seed, texts }) => {
      // Apart, none that reads like a label, and nothing in them that a mode takes out of every answer.
      const named = texts.map((text, at) => `${colours[at]} ${text.replace(/[\\{}$*\n]/g, "")} paint`)
      const turned = offered(...shuffled(named, seed))
      const reference = turned.find(({ text }) => text === named[0])?.label ?? ""
      for (const [at, text] of named.entries())
        for (const mode of gradingModes) {
          const of = { mode, reference, choices: turned }
          const wanted = at === 0 ? "correct" : "incorrect"
          assert.strictEqual(gradeChoice(submission(`\\boxed{${text}}`, of)).verdict, wanted)
          const { label } = turned.find((each) => each.text === text) ?? { label: "" }
          assert.strictEqual(gradeChoice(submission(`\\boxed{${label}}`, of)).verdict, wanted)
          assert.strictEqual(gradeChoice(submission(`\\boxed{${label}. ${text}}`, of)).verdict, wanted)
        }
    }
  )

  it.prop(
    "given any answer and any texts, then the order in which the choices are listed changes nothing",
    {
      texts: Texts,
      answer: Schema.String,
      seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
    },
    ({ answer, seed, texts }) => {
      const choices = offered(...texts)
      for (const said of [answer, ...texts, `A ${texts[1]}`, `B. ${texts[0]}`, `(a)${answer}`])
        assert.deepStrictEqual(namedChoice(said, choices), namedChoice(said, shuffled(choices, seed)))
    }
  )

  it("given hostile answers, then each ends in time with a verdict and a known rule", () => {
    for (let number = 0; number < 600; number++) {
      const hostile = hostileSubmission(sequence(17, number), `${number}`)
      const choices = offered(hostile.reference, "cold", hostile.text.slice(0, 50), "A")
      const from = performance.now()
      const { rule, verdict } = grade({ ...hostile, choices, reference: "B" })
      assert.isBelow(performance.now() - from, 1500, `${number}`)
      assert.include(["correct", "incorrect", "no-answer"], verdict)
      const last = rule.split("; ").at(-1)
      assert.isTrue(
        [...choiceRules, "no box", "no answer"].some((known) => known === last),
        rule
      )
    }
  })
})

for (const [name, layer] of [
  ["on the calling thread", Grader.layerInline],
  ["in a worker", Grader.layer]
] as const)
  describe(`Grader ${name}`, () => {
    it.layer(layer)((it) => {
      it.effect("given choices, then it grades by them, and without them as ever", () =>
        Effect.gen(function* () {
          const grader = yield* Grader
          const batch: ReadonlyArray<Submission> = [
            submission("\\boxed{cold}"),
            submission("\\boxed{hot}"),
            { id: "b", text: "\\boxed{cold}", reference: "B" },
            { id: "c", text: "\\boxed{4}", reference: "4" }
          ]
          const verdicts = (yield* grader.grade(batch)).map(({ rule, verdict }) => `${verdict}: ${rule}`)
          assert.deepStrictEqual(verdicts, [
            "correct: text of a choice",
            "incorrect: text of a choice",
            "incorrect: different",
            "correct: string"
          ])
        })
      )
    })
  })

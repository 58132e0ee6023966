import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type NamedQuestion, parseQuestion, QuestionMalformed } from "./named-question.ts"
import { boundParameters, namedQuestions, ParameterRefused } from "./named-questions.ts"

const text = `-- How much?
--
-- It says how much,
-- and when.
--
-- parameter run String = last: the run
-- parameter words Array(String) = a,b: what is looked for
-- parameter step Nullable(UInt32) = null: when; always where null
-- parameter names Array(String) = : names
-- picture line: x=step y=much low=low
-- axis step: when
-- axis much: how much (nats)
SELECT 1 -- picture bar: not this one
WHERE {run:String} = 'x' OR has({words:Array(String)}, {run:String}) OR {step:Nullable(UInt32)} = 1 OR empty({names:Array(String)})
`

const question = parseQuestion("much", text)

describe("a question's file", () => {
  it("given a comment of the fixed form, then it says what it answers, takes and draws", () => {
    assert.deepInclude(question, {
      name: "much",
      title: "How much?",
      answers: "It says how much, and when.",
      sql: text
    })
    assert.deepStrictEqual(question.parameters[1], {
      ...{ name: "words", type: "Array(String)", fallback: "a,b", about: "what is looked for" }
    })
    assert.strictEqual(question.parameters[3].fallback, "")
    assert.deepStrictEqual(question.picture, {
      kind: "line",
      roles: { x: "step", y: "much", low: "low" },
      columns: ["step", "much", "low"]
    })
    assert.deepStrictEqual(
      [...question.axes],
      [
        ["step", "when"],
        ["much", "how much (nats)"]
      ]
    )
  })

  it.each([
    ["no title", "-- How much?", "--"],
    ["no word on what it answers", "-- It says how much,\n-- and when.\n", ""],
    ["a parameter of an unknown type", "words Array(String) = a,b", "words Array(Int8) = a,b"],
    ["a parameter without a description", ": the run", ":"],
    ["a parameter that is not used", "{run:String} = 'x'", "1"].concat([
      "has({words:Array(String)}, {run:String})",
      "1"
    ]),
    ["a placeholder that is not declared", "SELECT 1", "SELECT {more:String}"],
    ["a placeholder of another type", "{step:Nullable(UInt32)}", "{step:UInt32}"],
    ["an unknown kind of picture", "picture line", "picture pie"],
    ["a role that no picture has", "low=low", "lower=low"],
    ["no column for a role", "y=much ", ""],
    ["two pictures", "-- axis step", "-- picture bar: x=a y=b\n-- axis step"],
    ["no label for an axis", "-- axis much: how much (nats)\n", ""],
    ["an axis without a label", "axis step: when", "axis step:"]
  ])("given %s, then it is refused", (_, from, to, also = "", instead = "") => {
    const broken = text.replace(from, to).replace(also, instead)
    assert.notStrictEqual(broken, text)
    assert.throws(() => parseQuestion("much", broken), QuestionMalformed)
  })

  it("given those of this version, then all have the form, and a name of small letters", () => {
    const questions = namedQuestions()
    assert.isAtLeast(questions.length, 14)
    for (const { axes, name, parameters, picture } of questions) {
      assert.match(name, /^[a-z]+(-[a-z]+)*$/)
      assert.strictEqual(parameters[0].name, "run", name)
      assert.isTrue(picture.columns.length > 1 && axes.size > 0, name)
    }
  })
})

const bound = (of: NamedQuestion, given: Readonly<Record<string, string>>) =>
  Effect.runSync(Effect.result(boundParameters(of, new Map(Object.entries(given)))))

describe("what a question is given", () => {
  it("given texts, then they become values of their types, and the rest have defaults", () => {
    const { _tag, ...result } = bound(question, { run: "it's; DROP", step: "4294967295", names: "x, y" })
    assert.strictEqual(_tag, "Success")
    assert.deepInclude(result, {
      success: { run: "it's; DROP", words: ["a", "b"], step: 4294967295, names: ["x", "y"] }
    })
    assert.deepInclude(bound(question, { step: "null" }), {
      success: { run: "last", words: ["a", "b"], step: null, names: [] }
    })
  })

  it.each([
    ["an unknown name", { stpe: "1" }, "it has run, words, step, names"],
    ["a word for a number", { step: "x" }, "no whole number"],
    ["a negative number", { step: "-1" }, "no whole number"],
    ["a number with a point", { step: "1.5" }, "no whole number"],
    ["a number too large", { step: "4294967296" }, "no whole number"]
  ])("given %s, then it is refused in words", (_, given, said) => {
    const result = bound(question, given)
    assert(result._tag === "Failure")
    assert.instanceOf(result.failure, ParameterRefused)
    assert.include(result.failure.message, said)
  })

  it("given nothing for what must be given, then it is refused", () => {
    const needy = parseQuestion("much", text.replace("= last", "= required"))
    const result = bound(needy, {})
    assert(result._tag === "Failure")
    assert.include(result.failure.message, "run: it must be given")
  })
})

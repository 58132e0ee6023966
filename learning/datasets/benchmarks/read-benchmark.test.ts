import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { parquetOf } from "../parquet-writer.fixture.ts"
import { file, jsonl, load, scratch, written } from "./benchmarks.fixture.ts"
import { readBenchmark } from "./read-benchmark.ts"

const good = { id: "a", problem: "1+1?", answer: "2" }
const choices = { text: ["wood", "iron"], label: ["A", "B"] }

describe("a benchmark's rows", () => {
  it.effect("given the fields that such files have, then problems and answers without white space around them", () =>
    Effect.gen(function* () {
      const { kind, problems, total } = yield* load(
        file([
          good,
          { id: 7, question: " 2+2? ", answer: 4 },
          { prompt: "3+3?", final_answer: ["6"] },
          { problem: "x^2=4?", final_answer: ["2", -2], solution: "It is \\boxed{3}" },
          { problem: "5?", answer: null, solution: "So it is $\\boxed{\\frac{5}{1}}$." },
          { question: "9 and 9?", answer: "9+9=18\n#### 1,018" }
        ])
      )
      assert.deepStrictEqual(
        problems.map(({ answer, id, problem }) => [id.replace(/^set\d+/, "set"), problem, answer]),
        [
          ["a", "1+1?", "2"],
          ["7", "2+2?", "4"],
          ["set/2", "3+3?", "6"],
          ["set/3", "x^2=4?", "2, -2"],
          ["set/4", "5?", "\\frac{5}{1}"],
          ["set/5", "9 and 9?", "1018"]
        ]
      )
      assert.deepStrictEqual([kind, total], ["math", 6])
    })
  )

  it.effect("given golds written as GSM8K's or as decimals, then each form takes what it is for, or refuses", () =>
    Effect.gen(function* () {
      const answers = (gold: "hashes" | "whole" | "plain", ...rows: ReadonlyArray<string>) =>
        readBenchmark(file(rows.map((answer) => ({ problem: "?", answer }))), "any", { ...form, gold }).pipe(
          Effect.map(({ problems }) => problems.map(({ answer }) => answer))
        )
      assert.deepStrictEqual(yield* answers("hashes", "#### 1\n#### -2,000", "x\n#### $5"), ["-2000", "$5"])
      assert.deepStrictEqual(yield* answers("plain", "x\n#### 5", "27.0"), ["x\n#### 5", "27.0"])
      assert.deepStrictEqual(yield* answers("whole", "27.0", "025", "-3.00", "000", "2.5", "1e3", "336^\\circ"), [
        ...["27", "25", "-3", "0"],
        ...["2.5", "1e3", "336^\\circ"]
      ])
      const refused = yield* Effect.flip(answers("hashes", "#### 1", "5"))
      assert.deepInclude(refused, { line: 2, field: "answer", reason: "malformed" })
    })
  )

  it.effect("given multiple choice in either form, then the same choices, digits being letters", () =>
    Effect.gen(function* () {
      const hub = { id: "q1", question: "Which rusts?", choices, answerKey: "B" }
      const stem = {
        stem: "Which rusts?",
        choices: [
          { text: "wood", label: "1" },
          { text: "iron", label: 2 }
        ]
      }
      const [first, second] = [
        yield* load(file([hub])),
        yield* load(file([{ id: "q1", question: stem, answerKey: "2" }]))
      ]
      assert.strictEqual(first.kind, "choice")
      assert.deepStrictEqual({ ...first.problems[0], group: "" }, { ...second.problems[0], group: "" })
      assert.strictEqual(first.sha256, second.sha256)
      assert.deepInclude(first.problems[0], {
        answer: "B",
        choices: [
          { label: "A", text: "wood" },
          { label: "B", text: "iron" }
        ]
      })
    })
  )

  it.effect.each([
    [
      [good, { id: "b", answer: "1" }],
      2,
      "problem",
      "missing",
      "there is no problem, and no question either. Rows are"
    ],
    [[good, { id: "b", problem: "?" }], 2, "answer", "missing", "there is no answer, and no box in a solution either"],
    [[{ problem: "?", answer: "" }], 1, "answer", "empty", "the text is empty"],
    [[{ problem: "?", final_answer: [] }], 1, "final_answer", "empty", "the answer is empty"],
    [[{ problem: " ", answer: "1" }], 1, "problem", "empty", "the text is empty"],
    [[{ problem: 3, answer: "1" }], 1, "problem", "malformed", "3 is no text"],
    [[{ prompt: [{ role: "user" }], answer: "1" }], 1, "prompt", "malformed", "is no text"],
    [[{ problem: "?", answer: { value: 1 } }], 1, "answer", "malformed", '{"value":1} is no text'],
    [[{ problem: "?", answer: 2 ** 53 }], 1, "answer", "malformed", "more digits than a number of JSON keeps"],
    [[{ problem: "?", answer: [null] }], 1, "answer", "malformed", "null is no text"],
    [[{ problem: "?", answer: true }], 1, "answer", "malformed", "true is no text"],
    [[{ problem: "?", answer: "so\n#### " }], 1, "answer", "empty", 'nothing follows "####"'],
    [[{ id: 1.5, problem: "?", answer: "1" }], 1, "id", "malformed", "1.5 is neither a text nor a whole number"],
    [[{ id: " ", problem: "?", answer: "1" }], 1, "id", "empty", "the text is empty"],
    [[good, { ...good, problem: "other" }], 2, "id", "duplicate", '"a" names line 1 too'],
    [[good, { ...good, id: 1 }, { ...good, id: "1" }], 3, "id", "duplicate", '"1" names line 2 too'],
    [[{ problem: "\ud800", answer: "1" }], 1, "problem", "not-utf8", "has characters that are none"],
    [["row"], 1, null, "malformed", '"row" is no row with fields'],
    [[], null, null, "empty", "it has no problems"],
    [[{ problem: "?", choices, answerKey: "C" }], 1, "answerKey", "malformed", '"C" is none of its labels A, B'],
    [[{ problem: "?", choices, answerKey: "" }], 1, "answerKey", "empty", "the answer is empty"],
    [[{ problem: "?", choices }], 1, "answerKey", "missing", "there is no answer"],
    [
      [{ problem: "?", choices: { text: ["a"], label: ["A", "B"] }, answerKey: "A" }],
      1,
      "choices",
      "malformed",
      "list"
    ],
    [[{ problem: "?", choices: { text: ["a"], label: ["A"] }, answerKey: "A" }], 1, "choices", "malformed", "list"],
    [
      [{ problem: "?", choices: [{ label: "A" }, {}], answerKey: "A" }],
      1,
      "choices.text",
      "missing",
      "choice 1 has no"
    ],
    [
      [{ problem: "?", choices: { text: ["a", "b"], label: ["A", "1"] }, answerKey: "A" }],
      1,
      "choices.label",
      "duplicate",
      "two choices are labelled A"
    ],
    [
      [{ problem: "?", choices: { text: ["a", "b"], label: ["A", "ab"] }, answerKey: "A" }],
      1,
      "choices.label",
      "malformed",
      '"ab" is neither'
    ],
    [[good, { problem: "?", choices, answerKey: "A" }], 2, "choices", "missing", "some of its rows have choices"]
  ] as const)("given %j, then it is refused by line, field and reason", ([rows, line, field, reason, said]) =>
    Effect.gen(function* () {
      const path = file(rows)
      const refused = yield* Effect.flip(load(path))
      assert.deepInclude(refused, { _tag: "BenchmarkInvalid", file: path, line, field, reason })
      assert.include(refused.message, said)
      assert.match(refused.message, /\. \S/)
    })
  )

  it.effect("given a file that is no rows of text, then it is refused, broken UTF-8 by line and field", () =>
    Effect.gen(function* () {
      const broken = Buffer.concat([
        Buffer.from('{"problem":"é","answer":"1"}\n\n{"problem":"?","answer":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}\n')
      ])
      const refusal = (path: string) => Effect.flip(load(path))
      const inLine = yield* refusal(written("broken.jsonl", broken))
      assert.deepInclude(inLine, { line: 3, field: "answer", reason: "not-utf8" })
      assert.include(inLine.message, "broken.jsonl, line 3, field answer: it is no text in UTF-8. Write it")
      assert.deepInclude(yield* refusal(written("cut.jsonl", Buffer.from([0x7b, 0xff]))), { line: 1, field: null })
      const cut = yield* refusal(written("cut2.jsonl", `${JSON.stringify(good)}\n{"problem":`))
      assert.deepInclude(cut, { line: 2, field: null, reason: "malformed" })
      assert.include(cut.message, "it is no JSON")
      const none = yield* refusal(join(scratch, "none.parquet"))
      assert.deepInclude(none, { line: null, reason: "unreadable" })
      assert.include(none.message, "there is no such file")
      assert.include((yield* refusal(written("text.parquet", "PAR1 no PAR1"))).message, "cannot be read as parquet")
    })
  )

  it.effect("given parquet, then it is read as lines are, and refused by row", () =>
    Effect.gen(function* () {
      const columns = { id: ["a", "b"], problem: ["1+1?", "2+2?"], answer: ["2", "4"] }
      const { problems } = yield* load(written("flat.parquet", parquetOf(columns)))
      assert.deepStrictEqual(
        problems.map(({ answer, id, problem }) => [id, problem, answer]),
        [
          ["a", "1+1?", "2"],
          ["b", "2+2?", "4"]
        ]
      )
      const refusal = (changed: Readonly<Record<string, ReadonlyArray<string | Uint8Array>>>) =>
        Effect.flip(load(written("bad.parquet", parquetOf({ ...columns, ...changed }))))
      assert.deepInclude(yield* refusal({ answer: ["2", ""] }), { line: 1, field: "answer", reason: "empty" })
      assert.include((yield* refusal({ id: ["a", "a"] })).message, 'bad.parquet, row 1, field id: "a" names row 0 too')
      const bytes = { problem: [Uint8Array.of(0x61, 0xff), "?"] }
      assert.deepInclude(yield* refusal(bytes), { line: 0, field: "problem", reason: "not-utf8" })
    })
  )
})

const Text = Schema.String.check(Schema.isPattern(/^[ -~é√]*[!-~é√]$/))
const Rows = Schema.NonEmptyArray(Schema.Struct({ problem: Text, answer: Text }))
const form = { group: null, ids: "place", gold: "plain" } as const

describe("the hash of a benchmark's content", () => {
  const hashOf = (path: string) => Effect.map(readBenchmark(path, "any", form), ({ sha256 }) => sha256)

  it.effect.prop(
    "given the same problems, then it is the same in any form, and another where a problem or an answer is another",
    { rows: Rows },
    ({ rows }) =>
      Effect.gen(function* () {
        const hash = yield* hashOf(written("plain.jsonl", jsonl(rows)))
        const loose = rows.map(
          ({ answer, problem }, index) =>
            `  { "more": [${index}], "answer" : ${JSON.stringify(` ${answer} `)} , "problem": ${JSON.stringify(problem)} }\r\n`
        )
        assert.strictEqual(yield* hashOf(written("loose.jsonl", loose.join("\n"))), hash)
        const columns = {
          answer: rows.map(({ answer }) => answer),
          problem: rows.map(({ problem }) => problem)
        }
        assert.strictEqual(yield* hashOf(written("plain.parquet", parquetOf(columns))), hash)
        const [first, ...others] = rows
        for (const changed of [
          { ...first, problem: `${first.problem}!` },
          { ...first, answer: `${first.answer}!` }
        ])
          assert.notStrictEqual(yield* hashOf(written("changed.jsonl", jsonl([changed, ...others]))), hash)
        assert.notStrictEqual(yield* hashOf(written("longer.jsonl", jsonl([...rows, first]))), hash)
      }),
    { arbitrary: { runs: 40 } }
  )

  it.effect("given ids of a row's own, or choices, then they are part of it; ids that say a place are not", () =>
    Effect.gen(function* () {
      const own = { ...form, ids: "own" } as const
      const [named, unnamed] = [file([good]), file([{ ...good, id: null }])]
      const of = (path: string, how: typeof form | typeof own) =>
        Effect.map(readBenchmark(path, "any", how), ({ sha256 }) => sha256)
      assert.strictEqual(yield* of(named, form), yield* of(unnamed, own))
      assert.notStrictEqual(yield* of(named, own), yield* of(unnamed, own))
      const chosen = (text: string) =>
        file([{ problem: "?", choices: { text: [text, "iron"], label: ["A", "B"] }, answerKey: "A" }])
      assert.notStrictEqual(yield* of(chosen("wood"), own), yield* of(chosen("tin"), own))
    })
  )
})

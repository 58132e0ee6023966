/** Verdicts as another program asks for them. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { piped } from "./piped.fixture.ts"
import { isRefused, scratchFolder } from "./spawned.fixture.ts"

const scratch = scratchFolder()

const Line = Schema.Struct({
  id: Schema.Union([Schema.String, Schema.Finite]),
  correct: Schema.NullOr(Schema.Boolean),
  extracted: Schema.NullOr(Schema.String),
  rule: Schema.String,
  ms: Schema.Finite
})
const parsed = Schema.decodeUnknownSync(Schema.fromJsonString(Line))

const input = [
  { id: "a", gold: "\\frac12", completion: "so \\boxed{0.5}" },
  { id: 2, gold: "1", completion: "so \\boxed{100}" },
  { id: "c", gold: "1", completion: "\\boxed{9^{9^{9^{9}}}}" },
  { id: "d", gold: "5", completion: "" },
  { id: "e", gold: "5", completion: "\\boxed{5 cm}", data_name: "minerva_math" }
]
const text = `${input.map((line) => JSON.stringify(line)).join("\n\n")}\n`
const file = join(scratch, "answers.jsonl")
writeFileSync(file, text)

const verdicts = (lines: ReadonlyArray<string>) =>
  lines.map((line) => parsed(line)).map(({ correct, id }) => [id, correct])

describe("grade", () => {
  it("given lines on stdin, then a verdict on each in their order, null where the grader gave up", () => {
    for (const args of [["grade"], ["grade", "-"], ["grade", "--mode", "exact", file]]) {
      const { code, lines } = piped(args, text)
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(verdicts(lines), [
        ["a", true],
        [2, false],
        ["c", null],
        ["d", false],
        ["e", true]
      ])
    }
  })

  it("given another mode, then its verdicts, and the benchmark's name makes a difference to qwen", () => {
    assert.deepStrictEqual(
      verdicts(piped(["grade", "--mode", "qwen", file]).lines).map(([, correct]) => correct),
      [true, true, false, false, false]
    )
    assert.deepStrictEqual(
      verdicts(piped(["grade", "--mode", "deepscaler", file]).lines).map(([, correct]) => correct),
      [true, false, false, false, true]
    )
  })

  it("given a line, then what was extracted and which rule decided", () => {
    const [line] = piped(["grade"], text).lines.map((one) => parsed(one))
    assert.deepInclude(line, { extracted: "0.5", rule: "fraction" })
    assert.isAbove(line.ms, 0)
  })

  it.each([
    ['{"id":"a","completion":"5"}', 'line 1: Missing key at ["gold"]'],
    ['{"id":"a","gold":5,"completion":"5"}', "line 1: "],
    ["5", "line 1: "],
    ["{", "line 1: it is no JSON"]
  ])("given the line %j, then it is refused with its number and what is wrong", (line, said) => {
    isRefused(piped(["grade"], `${line}\n`), 3, said)
  })

  it("given a bad line behind good ones, then those are answered and it is named", () => {
    const { code, lines, stderr } = piped(["grade"], `${JSON.stringify(input[0])}\n{"id":"b"}\n`)
    assert.strictEqual(code, 3)
    assert.include(stderr, "line 2")
    assert.lengthOf(lines, 1)
  })

  it("given a file that is not there, then it is named", () => {
    isRefused(piped(["grade", join(scratch, "none.jsonl")]), 3, "none.jsonl")
  })

  it("given an unknown mode, then it is refused", () => {
    const { code, stderr } = piped(["grade", "--mode", "sympy", file])
    assert.strictEqual(code, 2)
    assert.include(stderr, "sympy")
  })
})

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { goldenPath } from "../../policy/policies-for-tests.ts"
import { readTrainingSet } from "./read-training-set.ts"
import { asked, instruction, trainingRow } from "./training-row.ts"
import { exampleOf, exampleOfRank } from "./training-set.ts"

const scratch = mkdtempSync(join(tmpdir(), "training-set-"))
afterAll(() => rmSync(scratch, { recursive: true }))

const written = (name: string, content: string | Uint8Array): string => {
  const path = join(scratch, name)
  writeFileSync(path, content)
  return path
}
let files = 0
const lines = (...rows: ReadonlyArray<unknown>): string =>
  written(`${++files}.jsonl`, rows.map((row) => `${JSON.stringify(row)}\n`).join("\n"))

const verlRow = (index: number, content: string, truth: string) => ({
  data_source: "deepscaler",
  prompt: [{ role: "user", content }],
  reward_model: { ground_truth: truth, style: "rule" },
  extra_info: { index, split: "train" }
})

describe("a training set of one row a line", () => {
  it.effect("given rows of either form, then problems without the instruction, answers, indices and ranks", () =>
    Effect.gen(function* () {
      const path = lines(
        { problem: "1+1?", answer: 2, index: 7, pi_rank: 3, source: "mine" },
        verlRow(9, `2+2?${instruction}`, "4"),
        { prompt: "3+3?", answer: "6" }
      )
      assert.deepStrictEqual(yield* readTrainingSet(path), {
        file: path,
        copies: 1,
        examples: [
          { problem: "1+1?", answer: "2", index: "7", rank: 3, source: "mine" },
          { problem: "2+2?", answer: "4", index: "9", rank: null, source: "deepscaler" },
          { problem: "3+3?", answer: "6", index: "2", rank: null, source: null }
        ]
      })
    })
  )

  it("given a problem, then the instruction is asked once, whether it stands there or not", () => {
    assert.strictEqual(asked("1+1?"), `1+1?${instruction}`)
    assert.strictEqual(asked(asked("1+1?")), `1+1?${instruction}`)
  })

  it.effect("given equal rows, then copies; rows without an index are equal by what they say", () =>
    Effect.gen(function* () {
      const [a, b] = [
        { problem: "a", answer: "1" },
        { problem: "b", answer: "2" }
      ]
      const set = yield* readTrainingSet(lines(b, b, a, a))
      assert.strictEqual(set.copies, 2)
      assert.deepStrictEqual(
        set.examples.map(({ index, problem }) => [index, problem]),
        [
          ["0", "b"],
          ["2", "a"]
        ]
      )
    })
  )

  it.effect.each([
    [[{ problem: "a" }], "line 1, column answer: there is no answer"],
    [[{ answer: "1" }], "line 1, column problem: there is no problem, and no prompt either"],
    [
      [
        { problem: "a", answer: "1" },
        { problem: 3, answer: "1" }
      ],
      "line 3, column problem: 3 is neither a text nor messages"
    ],
    [[{ problem: "a", answer: {} }], "column answer: {} is neither a text nor a number"],
    [[{ problem: "a", answer: " " }], 'column answer: " " is neither'],
    [[{ problem: "a", reward_model: { ground_truth: [] } }], "column reward_model.ground_truth: []"],
    [[{ problem: "a", answer: "1", reward_model: { ground_truth: "2" } }], 'it is "2", but answer is "1"'],
    [[{ prompt: [], answer: "1" }], "of its 0 messages 0 are the user's"],
    [
      [
        {
          prompt: [
            { role: "system", content: "s" },
            { role: "user", content: "u" }
          ],
          answer: "1"
        }
      ],
      "of its 2 messages 1"
    ],
    [[{ prompt: [{ role: "user", content: 3 }], answer: "1" }], "column prompt.content: 3 is no text"],
    [[{ problem: "a", answer: "1", index: 1.5 }], "column index: 1.5 is neither a whole number nor a name"],
    [[{ problem: "a", answer: "1", pi_rank: 0 }], "column pi_rank: 0 is no rank"],
    [
      [
        { problem: "a", answer: "1", index: 1 },
        { problem: "b", answer: "1", index: 1 }
      ],
      'the index "1" names two rows'
    ],
    [[[1]], "line 1: [1] is no row with columns"],
    [[], "it has no rows. Give at least one example"],
    [
      [
        { problem: "a", answer: "1" },
        { problem: "a", answer: "1" },
        { problem: "b", answer: "2" }
      ],
      "example 0 stands there 2 times and example 2 1 times, but a step asks every example equally often. Repeat"
    ]
  ] as const)("given %j, then it is refused by file, row and column, with what to do", ([rows, said]) =>
    Effect.gen(function* () {
      const path = lines(...rows)
      const refused = yield* Effect.flip(readTrainingSet(path))
      assert.strictEqual(refused._tag, "TrainingSetInvalid")
      assert.isTrue(refused.message.startsWith(path))
      assert.include(refused.message, said)
      assert.match(refused.message, /\. \S/)
    })
  )

  it.effect(
    "given columns of 64-bit numbers within others, as parquet has them, then they are refused in words too",
    () =>
      Effect.gen(function* () {
        const place = { file: "odd.parquet", row: "row 0" }
        const refused = yield* Effect.flip(trainingRow({ problem: "1+1?", answer: { whole: 2n } }, place))
        assert.include(refused.message, 'odd.parquet, row 0, column answer: {"whole":2} is neither a text nor a number')
        assert.include((yield* Effect.flip(trainingRow([1n], place))).message, "[1] is no row with columns")
      })
  )

  it.effect("given files that are none, then each is refused in words", () =>
    Effect.gen(function* () {
      const refusal = (path: string) => Effect.map(Effect.flip(readTrainingSet(path)), ({ message }) => message)
      assert.include(yield* refusal(join(scratch, "none.jsonl")), "there is no such file")
      assert.include(
        yield* refusal(join(scratch, "set.csv")),
        "its name says no form. Name a .parquet or a .jsonl file"
      )
      assert.include(
        yield* refusal(written("broken.jsonl", '{"problem":"a","answer":"1"}\n{')),
        "line 2: it is no JSON"
      )
      assert.include(yield* refusal(written("bytes.jsonl", Uint8Array.of(0xff))), "no text in UTF-8")
      assert.include(yield* refusal(written("empty.parquet", "")), "it cannot be read as parquet")
      assert.include(yield* refusal(written("text.parquet", "PAR1 nothing of it PAR1")), "it cannot be read as parquet")
    })
  )
})

const shared = (name: string): string => goldenPath(`../data/train/${name}`)
const hasShared = existsSync(shared("pi1_r128.parquet"))
const title = (words: string): string => (hasShared ? words : `${words} (skipped: no training sets in ../shared)`)

describe.skipIf(!hasShared)(title("the reference's own files"), () => {
  it.effect("given pi1_r128.parquet, then one example with 128 copies", () =>
    Effect.gen(function* () {
      const { copies, examples } = yield* readTrainingSet(shared("pi1_r128.parquet"))
      assert.strictEqual(copies, 128)
      assert.deepInclude(examples[0], { index: "124", answer: "12.8", source: "deepscaler", rank: null })
      assert.isTrue(examples[0].problem.startsWith("The pressure \\( P \\)"))
      assert.isTrue(examples[0].problem.endsWith("\\( 4 \\) square feet of sail is \\( 32 \\) pounds."))
      assert.lengthOf(examples, 1)
    })
  )

  it.effect("given merge_pi1_pi13_r128.parquet, then two examples in the order of the file, 64 copies each", () =>
    Effect.gen(function* () {
      const { copies, examples } = yield* readTrainingSet(shared("merge_pi1_pi13_r128.parquet"))
      assert.strictEqual(copies, 64)
      assert.deepStrictEqual(
        examples.map(({ answer, index }) => [index, answer]),
        [
          ["124", "12.8"],
          ["682", "\\frac{4}{3}"]
        ]
      )
    })
  )

  it.effect("given dsr_sub as parquet and as JSONL, then the same 1,209 examples; the JSONL knows their ranks", () =>
    Effect.gen(function* () {
      const parquet = yield* readTrainingSet(shared("dsr_sub.parquet"))
      const jsonl = yield* readTrainingSet(shared("dsr_sub.jsonl"))
      const said = ({ examples }: typeof jsonl) =>
        examples.map(({ answer, index, problem }) => [index, problem, answer])
      assert.lengthOf(parquet.examples, 1209)
      assert.strictEqual(parquet.copies, 1)
      assert.deepStrictEqual(said(parquet), said(jsonl))
      assert.strictEqual(exampleOf(parquet, 682)?.answer, "\\frac{4}{3}")
      assert.isUndefined(exampleOf(parquet, 1209))
      assert.strictEqual(exampleOf(parquet, 265)?.answer, "")
      assert.strictEqual(exampleOfRank(jsonl, 1)?.index, "124")
      assert.strictEqual(exampleOfRank(jsonl, 605)?.index, "60")
      assert.isUndefined(exampleOfRank(parquet, 1))
    })
  )

  it.effect("given a parquet file that was cut, then it is refused", () =>
    Effect.gen(function* () {
      const bytes = readFileSync(shared("pi1_r128.parquet"))
      const path = written("cut.parquet", bytes.subarray(0, bytes.length - 100))
      assert.include((yield* Effect.flip(readTrainingSet(path))).message, "it cannot be read as parquet")
    })
  )

  it.effect("given one_shot_examples.jsonl, whose rows repeat unequally, then it says which", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(readTrainingSet(shared("one_shot_examples.jsonl")))
      assert.include(refused.message, "example 124 stands there 3 times and example 267 2 times")
    })
  )
})

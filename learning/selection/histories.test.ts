import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readHistories } from "./histories.ts"

const read = (text: string) => readHistories("acc.json", text)

describe("a file of accuracies", () => {
  it.effect("given keys that look like integers, then they keep the order of the file", () =>
    Effect.gen(function* () {
      const histories = yield* read('\ufeff{"20": [0, 1], "3": [0.5], "two:1": [1], "100": [0.125], "1": [0]}\n')
      assert.deepStrictEqual(histories, [
        { index: "20", history: [0, 1] },
        { index: "3", history: [0.5] },
        { index: "two:1", history: [1] },
        { index: "100", history: [0.125] },
        { index: "1", history: [0] }
      ])
    })
  )

  it.effect("given a key that JavaScript gives a meaning, then it is a key like others", () =>
    Effect.gen(function* () {
      const histories = yield* read('{"__proto__": [0], "constructor": [1]}')
      assert.deepStrictEqual(
        histories.map(({ index }) => index),
        ["__proto__", "constructor"]
      )
    })
  )

  it.effect.each([
    ["nothing", "", "not-json", "it is no JSON: ValueExpected in line 1"],
    ["broken JSON", '{"1": [0,\n 1', "not-json", "in line 2"],
    ["a comment", '{"1": [0] /* best */}', "not-json", "it is no JSON"],
    ["a comma too many", '{"1": [0,]}', "not-json", "it is no JSON"],
    ["NaN, as Python writes it", '{"1": [NaN]}', "not-json", "it is no JSON"],
    ["a second document", '{"1": [0]}\n{"2": [0]}', "not-json", "in line 2"],
    ["lists in lists without end", "[".repeat(200_000), "not-json", "it is no JSON"],
    ["a list", "[[0, 1]]", "not-lists", "it is no object"],
    ["no list under a key", '{"1": [0], "7": 0.5}', "not-lists", 'what stands under "7" is no list'],
    ["an object under a key", '{"7": {"0": 1}}', "not-lists", 'what stands under "7" is no list'],
    ["no examples", "{}", "empty", "it has no examples"],
    ["an empty list", '{"1": [0], "7": []}', "empty", 'the list of "7" is empty'],
    ["a text among accuracies", '{"7": [0, "1"]}', "not-an-accuracy", 'the list of "7" has "1" at place 1'],
    ["null", '{"7": [null]}', "not-an-accuracy", 'the list of "7" has null at place 0'],
    ["an accuracy above 1", '{"7": [0, 1, 1.125]}', "not-an-accuracy", "has 1.125 at place 2"],
    ["an accuracy below 0", '{"7": [-0.125]}', "not-an-accuracy", "has -0.125 at place 0"],
    ["a number beyond all", '{"7": [1e999]}', "not-an-accuracy", 'the list of "7" has Infinity at place 0'],
    ["a key that comes twice", '{"7": [0], "8": [0], "7": [1]}', "duplicate", 'the key "7" stands there twice']
  ] as const)("given %s, then it is refused by file, place and what to do", ([, text, reason, said]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(read(text))
      assert.deepInclude(failure, { _tag: "SelectionInvalid", place: "acc.json", reason })
      assert.include(failure.message, said)
      assert.match(failure.message, /^acc\.json: .+\. .+/s)
    })
  )
})

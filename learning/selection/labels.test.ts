import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { labelled, readLabels } from "./labels.ts"

const read = (...rows: ReadonlyArray<string>) => readLabels("set.jsonl", rows.join("\n"))

describe("labels of a training set", () => {
  it.effect("given rows with an index, then answers by it, a repeated row among them", () =>
    Effect.gen(function* () {
      const labels = yield* read(
        '{"id":"a","index":124,"answer":"12.8"}',
        "",
        '{"index":"two:1","answer":32}',
        '{"index":124,"answer":"12.8"}',
        '{"index":7,"answer":""}'
      )
      assert.deepStrictEqual(
        [...labels],
        [
          ["124", "12.8"],
          ["two:1", "32"],
          ["7", ""]
        ]
      )
    })
  )

  it.effect("given rows without an index, then they are counted from 0, empty lines not", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        [...(yield* read('{"answer":"a"}', "", '{"answer":"b"}'))],
        [
          ["0", "a"],
          ["1", "b"]
        ]
      )
    })
  )

  it("given an example that they do not name, then it has none", () => {
    const known = labelled(
      [
        { index: "1", history: [0] },
        { index: "2", history: [1] }
      ],
      new Map([["2", "x"]])
    )
    assert.deepStrictEqual(known, [
      { index: "1", history: [0] },
      { index: "2", history: [1], label: "x" }
    ])
  })

  it.effect.each([
    ["no JSON", '{"index":1', "not-a-label"],
    ["no answer", '{"index":1}', "not-a-label"],
    ["an index that is none", '{"index":1.5,"answer":"2"}', "not-a-label"],
    ["two answers for one index", '{"index":0,"answer":"3"}', "contradictory"]
  ] as const)("given %s, then it is refused by its line", ([, row, reason]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(read('{"answer":"2"}', row))
      assert.deepInclude(failure, { _tag: "SelectionInvalid", place: "set.jsonl, line 2", reason })
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { clipped, columnsOf, folded, padEnd } from "./columns.ts"

describe("columns of a terminal", () => {
  it.each([
    ["abc", 3],
    ["", 0],
    ["日本", 4],
    ["e\u0301", 1],
    ["😀", 2],
    ["━●", 2]
  ])("given %s, %d are taken", (line, columns) => {
    assert.strictEqual(columnsOf(line), columns)
  })

  it("padding counts columns, not characters", () => {
    assert.strictEqual(padEnd("日本", 5), "日本 ")
    assert.strictEqual(padEnd("abcdef", 5), "abcdef")
  })

  it("a line that is too wide is cut and says so", () => {
    assert.strictEqual(clipped("abcdef", 6), "abcdef")
    assert.strictEqual(clipped("abcdefg", 6), "abcd..")
    assert.strictEqual(clipped("日本語", 5), "日..")
    assert.strictEqual(clipped("abc", 1), ".")
    assert.strictEqual(clipped("abc", 0), "")
  })

  it("folding prefers spaces, and cuts where there are none", () => {
    assert.deepStrictEqual(folded("step by step now", 10), ["step by ", "step now"])
    assert.deepStrictEqual(folded("aaaaaaaaaaaa", 5), ["aaaaa", "aaaaa", "aa"])
    assert.deepStrictEqual(folded("", 5), [""])
  })

  it.prop("folding loses nothing and keeps to the width", { line: Schema.String }, ({ line }) => {
    const lines = folded(line, 7)
    assert.strictEqual(lines.join(""), line)
    for (const part of lines) assert.isAtMost(columnsOf(part), 7)
  })
})

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { nativeBytes } from "./block.ts"
import { connect, literal } from "./chdb.ts"
import * as columns from "./columns.ts"

const folder = mkdtempSync(join(tmpdir(), "onefold-columns-"))
const engine = connect(join(folder, "tables"))

afterAll(() => {
  engine.close()
  rmSync(folder, { recursive: true, force: true })
})

const readBack = (block: Parameters<typeof nativeBytes>[0], expression = "*"): ReadonlyArray<unknown> => {
  const file = join(folder, "block.native")
  writeFileSync(file, Buffer.concat(nativeBytes(block)))
  const settings = "SETTINGS output_format_json_quote_denormals = 1, output_format_json_quote_64bit_integers = 0"
  return engine
    .run(`SELECT ${expression} FROM file(${literal(file)}, 'Native') ${settings}`, "JSONCompactEachRow")
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))
}

const hostile = [
  "",
  "plain",
  "quote ' \" ` \\ \n \t \r",
  "\u0000 and \u001b[31m",
  "é ü 漢 😀",
  "'); DROP TABLE tokens; --",
  "x".repeat(300),
  "é".repeat(60)
]

describe("the columns of a block", () => {
  it("texts arrive exactly as they were, whatever is in them", () => {
    const text = columns.text()
    const word = columns.word()
    for (const value of hostile) {
      text.push(value)
      word.push(value)
    }
    const rows = readBack({ table: "t", rows: hostile.length, columns: { text, word } })
    assert.deepStrictEqual(
      rows,
      hostile.map((value) => [value, value])
    )
  })

  it("numbers arrive with all their bits", () => {
    const float32 = columns.float32()
    const float64 = columns.float64()
    const uint32 = columns.uint32()
    const offset = columns.uint64()
    const values = [0, 1 / 3, 16777217, 2 ** 31 + 7]
    for (const value of values) {
      float32.push(value)
      float64.push(value)
      uint32.push(Math.floor(value))
      offset.push(2 ** 52 + Math.floor(value))
    }
    assert.deepStrictEqual(
      readBack(
        { table: "t", rows: values.length, columns: { float32, float64, uint32, offset } },
        "reinterpretAsUInt32(float32), float64, uint32, offset - 4503599627370496"
      ),
      values.map((value) => [
        new Uint32Array(Float32Array.of(value).buffer)[0],
        value,
        Math.floor(value),
        Math.floor(value)
      ])
    )
  })

  it("NaN and infinities are numbers, and unknown is not zero", () => {
    const known = columns.float64()
    const maybe = columns.maybeFloat64()
    for (const value of [NaN, Infinity, -Infinity, 0]) {
      known.push(value)
      maybe.push(value === 0 ? null : value)
    }
    assert.deepStrictEqual(readBack({ table: "t", rows: 4, columns: { known, maybe } }), [
      ["nan", "nan"],
      ["inf", "inf"],
      ["-inf", "-inf"],
      [0, null]
    ])
  })

  it("moments keep their milliseconds", () => {
    const time = columns.instant()
    time.push(1_700_000_000_123)
    assert.deepStrictEqual(readBack({ table: "t", rows: 1, columns: { time } }), [["2023-11-14 22:13:20.123"]])
  })

  it("a value repeated, counted or taken from an array is the value pushed so often", () => {
    const word = columns.word()
    const position = columns.uint32()
    const score = columns.maybeFloat32()
    const offset = columns.uint64()
    word.push("a")
    word.repeat("b", 100)
    position.push(7)
    position.count(100)
    score.push(null)
    score.known(100, (inner) => inner.repeat(0.5, 100))
    offset.repeat(2 ** 40, 101)
    assert.deepStrictEqual(readBack({ table: "t", rows: 101, columns: { word, position, score, offset } }), [
      ["a", 7, null, 2 ** 40],
      ...Array.from({ length: 100 }, (_, i) => ["b", i, 0.5, 2 ** 40])
    ])
  })
})

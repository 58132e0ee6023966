/**
 * Rows of a file: .parquet, or JSONL with one row a line. What is wrong is told with the line or row that it stands in.
 */
import { readFile } from "node:fs/promises"
import { Effect, Schema } from "effect"
import { faultOf } from "../file-fault.ts"
import { at, isRecord } from "./columns.ts"
import { parquetRows } from "./parquet-rows.ts"

/** Why rows could not be had from a file. */
export class RowsUnreadable extends Schema.TaggedError<RowsUnreadable>()("RowsUnreadable", {
  file: Schema.String,
  /** Counted from 1; null where it is the whole file. */
  line: Schema.NullOr(Schema.Int),
  /** The column that the fault lies in, where that can be told. */
  field: Schema.NullOr(Schema.String),
  reason: Schema.Literals([
    "unreadable", // no file, or none of this form
    "not-utf8", // bytes that are no text
    "malformed" // a line that is no JSON
  ]),
  detail: Schema.String,
  next: Schema.String
}) {}

export interface FileRow {
  /** The line of a JSONL file, counted from 1; the row of a parquet file, counted from 0. */
  readonly at: number
  readonly value: unknown
}

export const isParquet = (file: string): boolean => /\.parquet$/i.test(file)
/** Whether a name says that rows are in it. */
export const hasRows = (file: string): boolean => isParquet(file) || /\.(jsonl|ndjson)$/i.test(file)

/** "line 6" of a JSONL file, "row 5" of a parquet file. */
export const placeOf = (file: string, at: number): string => `${isParquet(file) ? "row" : "line"} ${at}`

/** A set is held in memory whole. */
const largest = 512 * 2 ** 20

const unreadable = (file: string, detail: string, next: string) =>
  new RowsUnreadable({ file, line: null, field: null, reason: "unreadable", detail, next })

/** The bytes of a file whose name says that rows are in it. Fails with RowsUnreadable. */
export const bytesOf = Effect.fn("fileRows.bytesOf")(function* (file: string) {
  if (!hasRows(file)) return yield* unreadable(file, "its name says no form", "Name a .parquet or a .jsonl file")
  const bytes = yield* Effect.tryPromise({
    try: () => readFile(file),
    catch: (cause) => unreadable(file, faultOf(cause), "Name a .parquet or a .jsonl file that can be read")
  })
  if (bytes.length > largest)
    return yield* unreadable(file, `it has ${bytes.length} bytes, and at most ${largest} are read`, "Take a part of it")
  return bytes
})

const strict = new TextDecoder("utf-8", { fatal: true })
const lenient = new TextDecoder("utf-8")

const decoded = (bytes: Uint8Array): string | null => {
  try {
    return strict.decode(bytes)
  } catch {
    return null
  }
}

const replacement = "\ufffd"

/** The column whose value has the mark that stands for broken bytes; null where the line is no JSON either. */
const brokenColumn = (line: Uint8Array): string | null => {
  try {
    const row: unknown = JSON.parse(lenient.decode(line))
    const columns = isRecord(row) ? Object.keys(row) : []
    return columns.find((column) => JSON.stringify(at(row, column) ?? null).includes(replacement)) ?? null
  } catch {
    return null
  }
}

/** Where the text breaks: its first line that is not UTF-8. */
const brokenLine = (file: string, bytes: Uint8Array): RowsUnreadable => {
  const broken = (line: number | null, field: string | null) =>
    new RowsUnreadable({
      file,
      line,
      field,
      reason: "not-utf8",
      detail: "it is no text in UTF-8",
      next: "Write it as JSONL in UTF-8, or name a .parquet file"
    })
  for (let line = 1, begin = 0; begin < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, begin)
    const end = newline < 0 ? bytes.length : newline
    const piece = bytes.subarray(begin, end)
    if (decoded(piece) === null) return broken(line, brokenColumn(piece))
    begin = end + 1
  }
  return broken(null, null)
}

const lineRows = Effect.fn("fileRows.lines")(function* (file: string, bytes: Uint8Array) {
  const text = decoded(bytes)
  if (text === null) return yield* brokenLine(file, bytes)
  const rows: Array<FileRow> = []
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    const value = yield* Effect.try({
      try: (): unknown => JSON.parse(line),
      catch: (cause) =>
        new RowsUnreadable({
          file,
          line: index + 1,
          field: null,
          reason: "malformed",
          detail: `it is no JSON: ${faultOf(cause)}`,
          next: "Write one JSON object a line"
        })
    })
    rows.push({ at: index + 1, value })
  }
  return rows
})

const columnRows = Effect.fn("fileRows.columns")(function* (file: string, bytes: Uint8Array) {
  const values = yield* Effect.tryPromise({
    try: () => parquetRows(bytes),
    catch: (cause) =>
      unreadable(
        file,
        `it cannot be read as parquet: ${faultOf(cause)}`,
        "Write it again, uncompressed or with snappy, or give it as JSONL"
      )
  })
  return values.map((value, at): FileRow => ({ at, value }))
})

/** The rows that a file's bytes hold; empty lines are none. Fails with RowsUnreadable. */
export const rowsOf = (file: string, bytes: Uint8Array) =>
  isParquet(file) ? columnRows(file, bytes) : lineRows(file, bytes)

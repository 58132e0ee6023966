/**
 * Reads a training set from a file: .parquet, or .jsonl with one row a line.
 */
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { faultOf } from "../../file-fault.ts"
import { parquetRows } from "./parquet-rows.ts"
import { type TrainingRow, trainingRow } from "./training-row.ts"
import { trainingSetOf } from "./training-set.ts"
import { TrainingSetInvalid } from "./training-set-invalid.ts"

/** A set is held in memory whole. */
const largest = 512 * 2 ** 20

const unreadable = (file: string, detail: string, next: string, row: string | null = null) =>
  new TrainingSetInvalid({ file, row, column: null, reason: "unreadable", detail, next })

const lineRows = Effect.fn("readTrainingSet.lines")(function* (file: string, bytes: Uint8Array) {
  const text = yield* Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => unreadable(file, "it is no text in UTF-8", "Write it as JSONL, or name a .parquet file")
  })
  const rows: Array<TrainingRow> = []
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue
    const row = `line ${at + 1}`
    const value = yield* Effect.try({
      try: (): unknown => JSON.parse(line),
      catch: (cause) => unreadable(file, `it is no JSON: ${faultOf(cause)}`, "Write one JSON object a line", row)
    })
    rows.push(yield* trainingRow(value, { file, row }))
  }
  return rows
})

const columnRows = Effect.fn("readTrainingSet.columns")(function* (file: string, bytes: Uint8Array) {
  const rows: Array<TrainingRow> = []
  for (const [at, value] of (yield* parquetRows(file, bytes)).entries())
    rows.push(yield* trainingRow(value, { file, row: `row ${at}` }))
  return rows
})

/**
 * Reads and checks a training set. Fails with TrainingSetInvalid, which names file, row and column.
 *
 * @param file a path that ends in .parquet or .jsonl
 */
export const readTrainingSet = Effect.fn("readTrainingSet")(function* (file: string) {
  const isParquet = file.toLowerCase().endsWith(".parquet")
  if (!isParquet && !/\.(jsonl|ndjson)$/i.test(file))
    return yield* unreadable(file, "its name says no form", "Name a .parquet or a .jsonl file")
  const bytes = yield* Effect.tryPromise({
    try: () => readFile(file),
    catch: (cause) => unreadable(file, faultOf(cause), "Name a .parquet or a .jsonl file that can be read")
  })
  if (bytes.length > largest)
    return yield* unreadable(file, `it has ${bytes.length} bytes, and at most ${largest} are read`, "Take a part of it")
  return yield* trainingSetOf(file, yield* isParquet ? columnRows(file, bytes) : lineRows(file, bytes))
})

/**
 * Reads a training set from a file: .parquet, or .jsonl with one row a line.
 */
import { Effect } from "effect"
import { bytesOf, placeOf, rowsOf } from "../file-rows.ts"
import { type TrainingRow, trainingRow } from "./training-row.ts"
import { trainingSetOf } from "./training-set.ts"
import { TrainingSetInvalid } from "./training-set-invalid.ts"

/**
 * Reads and checks a training set. Fails with TrainingSetInvalid, which names file, row and column.
 *
 * @param file a path that ends in .parquet or .jsonl
 */
export const readTrainingSet = Effect.fn("readTrainingSet")(function* (file: string) {
  const read = yield* Effect.flatMap(bytesOf(file), (bytes) => rowsOf(file, bytes)).pipe(
    Effect.mapError(({ detail, field, line, next }) => {
      const row = line === null ? null : placeOf(file, line)
      return new TrainingSetInvalid({ file, row, column: field, reason: "unreadable", detail, next })
    })
  )
  const rows: Array<TrainingRow> = []
  for (const { at, value } of read) rows.push(yield* trainingRow(value, { file, row: placeOf(file, at) }))
  return yield* trainingSetOf(file, rows)
})

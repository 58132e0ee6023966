/**
 * Rows of a parquet file. This is the only file that imports hyparquet.
 */
import { Effect } from "effect"
import { parquetReadObjects } from "hyparquet"
import { TrainingSetInvalid } from "./training-set-invalid.ts"

/** All rows, whole numbers as bigint where the file has 64 bits for them. Fails with TrainingSetInvalid. */
export const parquetRows = (file: string, bytes: Uint8Array) =>
  Effect.tryPromise({
    try: async (): Promise<ReadonlyArray<unknown>> => parquetReadObjects({ file: new Uint8Array(bytes).buffer }),
    catch: (cause) =>
      new TrainingSetInvalid({
        file,
        row: null,
        column: null,
        reason: "unreadable",
        detail: `it cannot be read as parquet: ${cause instanceof Error ? cause.message : String(cause)}`,
        next: "Write it again, uncompressed or with snappy, or give it as JSONL"
      })
  })

/**
 * Rows of a parquet file. This is the only file that imports hyparquet.
 */
import { parquetReadObjects } from "hyparquet"

/** All rows, whole numbers as bigint where the file has 64 bits for them. Rejects where it is no such file. */
export const parquetRows = (bytes: Uint8Array): Promise<ReadonlyArray<unknown>> =>
  parquetReadObjects({ file: new Uint8Array(bytes).buffer })

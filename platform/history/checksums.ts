/**
 * Checksums: whether two histories hold the same rows, table by table, in whatever order and parts they lie there.
 */
import type { Connection } from "./chdb.ts"
import { tableNames } from "./projection.ts"

/**
 * A row's hash. Of its bytes, in which an unknown value is one: a hash of values would be unknown itself wherever one of
 * them is, and such rows would not count.
 */
export const rowHash = "cityHash64(formatRow('RowBinary', *))"

/** By table: number of rows, sum and exclusive or of their hashes. A row that is there twice changes the first two. */
export const checksums = (connection: Connection): Readonly<Record<string, string>> =>
  Object.fromEntries(
    tableNames.map((table) => [
      table,
      connection
        .run(`SELECT count(), sum(${rowHash}), groupBitXor(${rowHash}) FROM onefold.${table}`)
        .trim()
        .replaceAll("\t", " ")
    ])
  )

/**
 * Checksums: whether two histories hold the same rows, table by table, in whatever order and parts they lie there.
 */
import type { Connection } from "./chdb.ts"
import { tableNames } from "./projection.ts"

/** By table: number of rows, sum and exclusive or of their hashes. A row that is there twice changes the first two. */
export const checksums = (connection: Connection): Readonly<Record<string, string>> =>
  Object.fromEntries(
    tableNames.map((table) => [
      table,
      connection
        .run(`SELECT count(), sum(cityHash64(*)), groupBitXor(cityHash64(*)) FROM onefold.${table}`)
        .trim()
        .replaceAll("\t", " ")
    ])
  )

/**
 * A run's rows as Parquet files, one for each table, for whatever reads Parquet: every column has one of its plain types.
 */
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Connection, literal } from "./chdb.ts"
import { tableNames } from "./projection.ts"

export interface ParquetFile {
  readonly table: string
  readonly rows: number
  readonly file: string
}

/** Writes what a statement gives into a file that is not there yet. */
export type Save = (select: string, file: string) => Promise<void>

/** Snappy and whole texts are what every reader knows. */
const settings =
  "output_format_parquet_compression_method = 'snappy', output_format_parquet_string_as_string = 1, output_format_parquet_version = '2.6', prefer_column_name_to_alias = 1"

/** The embedded engine writes row by row, however many there are. The path must hold no signs that it takes for a pattern. */
export const saveFromFolder =
  ({ run }: Connection): Save =>
  async (select, file) => {
    run(`INSERT INTO FUNCTION file(${literal(file)}, 'Parquet') ${select} SETTINGS ${settings}`)
  }

/** A server's answer passes through memory, one table at a time. */
export const saveFromServer =
  ({ start }: Connection): Save =>
  async (select, file) => {
    await writeFile(file, (await start(`${select} SETTINGS ${settings}`, "Parquet")).bytes(), { flag: "wx" })
  }

const wordType = /^LowCardinality\((.*)\)$/

/** A table's columns; those of few words as the texts that they are. */
const columnsOf = ({ run }: Connection, table: string): string =>
  run(`SELECT name, type FROM system.columns WHERE database = 'onefold' AND table = '${table}' ORDER BY position`)
    .split("\n")
    .filter(Boolean)
    .map((row) => {
      const [name, type] = row.split("\t")
      const plain = wordType.exec(type)?.[1]
      return plain === undefined ? name : `CAST(${name}, '${plain}') AS ${name}`
    })
    .join(", ")

/** In the table's own order, then by place in the log, so that the same rows give the same file. */
const orderOf = ({ run }: Connection, table: string): string => {
  const key = run(`SELECT sorting_key FROM system.tables WHERE database = 'onefold' AND name = '${table}'`).trim()
  return `${key}, _topic, _partition, _offset`
}

/** Writes every table's rows of a run to `folder`, which is there and empty. Tables without rows have files too. */
export const writeParquet = async (
  connection: Connection,
  save: Save,
  runId: string,
  folder: string
): Promise<ReadonlyArray<ParquetFile>> => {
  const written: Array<ParquetFile> = []
  for (const table of tableNames) {
    const file = `${table}.parquet`
    const from = `FROM onefold.${table} WHERE run = ${literal(runId)}`
    const order = `ORDER BY ${orderOf(connection, table)}`
    await save(`SELECT ${columnsOf(connection, table)} ${from} ${order}`, join(folder, file))
    const rows = Number(connection.run(`SELECT count() ${from}`))
    written.push({ table, rows, file })
  }
  return written
}

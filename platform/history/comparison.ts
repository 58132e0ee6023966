/**
 * Whether two histories hold the same rows, table by table; where not, whether the older one could have had them.
 */
import type { Connection } from "./chdb.ts"
import { rowHash } from "./checksums.ts"
import { migrations } from "./migrate.ts"
import { type TableName, tableNames } from "./projection.ts"

/** A run's rows in one table: how many, sum and exclusive or of their hashes. Order and parts do not matter. */
interface Sums {
  readonly rows: number
  readonly sum: bigint
  readonly xor: bigint
}

/** By run. */
type TableContent = ReadonlyMap<string, Sums>

export interface HistoryContent {
  readonly tables: ReadonlyMap<TableName, TableContent>
  /** Milliseconds since 1970 at which each migration was applied here, by its version. */
  readonly migrated: ReadonlyMap<number, number>
  /** Milliseconds since 1970 of each run's first record. */
  readonly began: ReadonlyMap<string, number>
}

/**
 * equal: the same rows. new: a later migration made the table, when these runs had been projected already, so it had no
 * rows of them. different: anything else.
 */
export type Verdict = "equal" | "new" | "different"

export interface ComparedTable {
  readonly table: TableName
  /** In the second history. */
  readonly rows: number
  readonly before: string
  readonly after: string
  readonly equal: boolean
  readonly verdict: Verdict
}

const rowsOf = (connection: Connection, sql: string): ReadonlyArray<ReadonlyArray<string>> =>
  connection
    .run(sql)
    .split("\n")
    .filter(Boolean)
    .map((row) => row.split("\t"))

const numbersOf = <K>(rows: ReadonlyArray<ReadonlyArray<string>>, key: (text: string) => K): ReadonlyMap<K, number> =>
  new Map(rows.map(([name, value]): [K, number] => [key(name), Number(value)]))

const tableContent = (connection: Connection, table: TableName, where: string): TableContent =>
  new Map(
    rowsOf(
      connection,
      `SELECT run, count(), sum(${rowHash}), groupBitXor(${rowHash}) FROM onefold.${table} ${where} GROUP BY run`
    ).map(([run, rows, sum, xor]): [string, Sums] => [run, { rows: Number(rows), sum: BigInt(sum), xor: BigInt(xor) }])
  )

/** @param where which rows count, as a WHERE clause; all where empty */
export const contentOf = (connection: Connection, where = ""): HistoryContent => ({
  tables: new Map(
    tableNames.map((table): [TableName, TableContent] => [table, tableContent(connection, table, where)])
  ),
  migrated: numbersOf(
    rowsOf(connection, "SELECT version, min(toUnixTimestamp64Milli(time)) FROM onefold.migrations GROUP BY version"),
    Number
  ),
  began: numbersOf(
    rowsOf(connection, "SELECT run, min(toUnixTimestamp64Milli(time)) FROM onefold.runs GROUP BY run"),
    String
  )
})

/** What a folder without a history holds. */
export const nothing: HistoryContent = {
  tables: new Map(tableNames.map((table): [TableName, TableContent] => [table, new Map()])),
  migrated: new Map(),
  began: new Map()
}

const none: Sums = { rows: 0, sum: 0n, xor: 0n }
const wrap = 2n ** 64n

const totalOf = (content: TableContent): Sums =>
  [...content.values()].reduce(
    (total, { rows, sum, xor }) => ({ rows: total.rows + rows, sum: (total.sum + sum) % wrap, xor: total.xor ^ xor }),
    none
  )

/** Rows, sum and exclusive or, in one word. */
const checksumOf = (content: TableContent): string => {
  const { rows, sum, xor } = totalOf(content)
  return `${rows}-${sum.toString(16).padStart(16, "0")}-${xor.toString(16).padStart(16, "0")}`
}

const isSame = (a: Sums, b: Sums): boolean => a.rows === b.rows && a.sum === b.sum && a.xor === b.xor

/** The version of the migration that made a table. */
const makerOf = (table: TableName): number =>
  migrations().find(({ sql }) => new RegExp(`CREATE TABLE IF NOT EXISTS ${table}\\b`).test(sql))?.version ?? 0

/** Whether a run was there before its history had the table. */
const isOlder = ({ began, migrated }: HistoryContent, run: string, maker: number): boolean =>
  (began.get(run) ?? Number.POSITIVE_INFINITY) < (migrated.get(maker) ?? 0) && maker > 1

export const compared = (before: HistoryContent, after: HistoryContent): ReadonlyArray<ComparedTable> =>
  tableNames.map((table) => {
    const [old, now] = [before.tables.get(table) ?? new Map(), after.tables.get(table) ?? new Map()]
    const maker = makerOf(table)
    const unlike = [...new Set([...old.keys(), ...now.keys()])].filter(
      (run) => !isSame(old.get(run) ?? none, now.get(run) ?? none)
    )
    const isNew = (run: string) => !old.has(run) && isOlder(before, run, maker)
    const verdict: Verdict = unlike.length === 0 ? "equal" : unlike.every(isNew) ? "new" : "different"
    const rows = totalOf(now).rows
    return { table, rows, before: checksumOf(old), after: checksumOf(now), equal: verdict === "equal", verdict }
  })

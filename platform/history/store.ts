/**
 * Store: the history's tables in one folder, owned by this process.
 *
 * One insert is one block, and ClickHouse keeps a block whole or not at all; so what a table holds says by itself how
 * far it has come, and nothing else has to be remembered.
 */
import { createHash } from "node:crypto"
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { disown, own, ownerOf } from "../log/folder-owner.ts"
import { type Block, deduplicationToken, nativeBytes, type Origin } from "./block.ts"
import { type Connection, connect, literal, settled } from "./chdb.ts"
import { finishSwap, tablesFolder } from "./folder.ts"
import { historyError, storageFault } from "./history-error.ts"
import { type Migration, migrate } from "./migrate.ts"

/** How far a table has come: `topic/partition` to the highest offset that has rows in it. */
export type Marks = ReadonlyMap<string, number>

export interface Store {
  /** How far a table has come with one run. */
  readonly marks: (table: string, runId: string) => Marks
  /** Whether a table holds rows of an event from an earlier record of the same partition. */
  readonly holdsEarlier: (table: string, origin: Origin) => boolean
  /** Inserts a block, whole or not at all. Throws a HistoryError; then it may be in the table or not. */
  readonly insert: (block: Block) => void
  /** The migrations that ran when it was opened. */
  readonly migrated: ReadonlyArray<Migration>
  /** Another connection to the same tables. */
  readonly connect: () => Connection
  /** Closes the folder once what runs on it has ended. */
  readonly close: () => Promise<void>
}

/** The engine reads these in paths as patterns. */
const patternSigns = /[*?{}[\]]|::/

/** A folder for files that the engine reads or writes, empty: `inside`, unless the engine would read that as a pattern. */
export const passage = (inside: string): string => {
  const name = createHash("sha256").update(inside).digest("hex").slice(0, 16)
  const place = patternSigns.test(inside) ? join(tmpdir(), `onefold-history-${name}`) : inside
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { mode: 0o700 })
  return place
}

/** Makes this process the owner of a folder. Throws HistoryError, locked, where another one is. */
export const take = (folder: string): void => {
  mkdirSync(folder, { recursive: true })
  const owner = ownerOf(folder)
  if (owner !== undefined) throw historyError("locked", folder, `process ${owner} has it open`)
  own(folder)
}

/** chDB says to standard error why it cannot open a folder; nearly always another process has it. */
const open = (folder: string, tables: string): Connection => {
  try {
    return connect(tables)
  } catch {
    throw historyError(
      "locked",
      folder,
      "its tables cannot be opened: another process has them open, or they are damaged"
    )
  }
}

/** Opens a folder, makes it if need be, and brings its tables up to date. Throws a HistoryError. */
export const openStore = (folder: string): Store => {
  try {
    finishSwap(folder)
    take(folder)
  } catch (cause) {
    throw storageFault(folder, cause)
  }
  const tables = tablesFolder(folder)
  let writer: Connection | undefined
  try {
    writer = open(folder, tables)
    const migrated = migrate(writer, folder)
    return { ...storeOf(folder, tables, passage(join(folder, "tmp")), writer), migrated }
  } catch (cause) {
    writer?.close()
    disown(folder)
    throw storageFault(folder, cause)
  }
}

const writeParts = (file: string, parts: ReadonlyArray<Uint8Array>): void => {
  const handle = openSync(file, "wx", 0o600)
  try {
    for (const part of parts) writeFileSync(handle, part)
  } finally {
    closeSync(handle)
  }
}

/** What the tables say of themselves, through one connection. */
export const tablesOf = ({ run }: Connection): Pick<Store, "holdsEarlier" | "marks"> => {
  const rows = (sql: string): ReadonlyArray<ReadonlyArray<string>> =>
    run(sql)
      .split("\n")
      .filter(Boolean)
      .map((row) => row.split("\t"))
  return {
    marks: (table, runId) =>
      new Map(
        rows(
          `SELECT _topic, _partition, max(_offset) FROM ${table} WHERE run = ${literal(runId)} GROUP BY _topic, _partition`
        ).map(([topic, partition, offset]): [string, number] => [`${topic}/${partition}`, Number(offset)])
      ),
    holdsEarlier: (table, { eventId, offset, partition, runId, topic }) =>
      rows(
        `SELECT 1 FROM ${table} WHERE run = ${literal(runId)} AND event_id = ${literal(eventId)} AND _topic = ${literal(topic)} AND _partition = ${partition} AND _offset < ${offset} LIMIT 1`
      ).length > 0
  }
}

const storeOf = (folder: string, tables: string, files: string, writer: Connection): Omit<Store, "migrated"> => {
  let inserted = 0

  const insert = (block: Block): void => {
    const file = join(files, `${block.table}-${inserted++}.native`)
    const names = Object.keys(block.columns).join(", ")
    try {
      writeParts(file, nativeBytes(block))
      writer.run(
        `INSERT INTO ${block.table} (${names}) SELECT ${names} FROM file(${literal(file)}, 'Native') SETTINGS max_insert_threads = 1, insert_deduplication_token = '${deduplicationToken(block)}'`
      )
    } catch (cause) {
      throw storageFault(`${folder}, table ${block.table}`, cause)
    } finally {
      rmSync(file, { force: true })
    }
  }

  return {
    ...tablesOf(writer),
    insert,
    connect: () => {
      const connection = connect(tables)
      connection.run("USE onefold")
      return connection
    },
    close: async () => {
      writer.close()
      await settled()
      rmSync(files, { recursive: true, force: true })
      disown(folder)
    }
  }
}

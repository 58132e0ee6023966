/**
 * Migrations: the history's tables as numbered SQL files, each run once on a folder and recorded there.
 *
 * A migration that was cut short is run again, so its statements say IF NOT EXISTS. What was applied is never edited:
 * a change is a new file.
 */
import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { type Connection, literal } from "./chdb.ts"
import { historyError } from "./history-error.ts"

export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

const home = new URL("./migrations/", import.meta.url)

/** The migrations of this version of Onefold, in order. */
export const migrations = (): ReadonlyArray<Migration> =>
  readdirSync(home)
    .sort()
    .flatMap((file) => {
      const [, version, name] = /^(\d{4})-(.+)\.sql$/.exec(file) ?? []
      return version === undefined
        ? []
        : [{ version: Number(version), name, sql: readFileSync(new URL(file, home), "utf8") }]
    })

const fingerprint = ({ sql }: Migration): string => createHash("sha256").update(sql).digest("hex")

const prepare = `
CREATE DATABASE IF NOT EXISTS onefold ENGINE = Atomic;
USE onefold;
CREATE TABLE IF NOT EXISTS migrations
(
  version UInt32 COMMENT 'number of the migration; the tables are as the highest one left them',
  name LowCardinality(String) COMMENT 'its name',
  sha256 String COMMENT 'of its file',
  time DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'when it was applied'
)
ENGINE = MergeTree ORDER BY version
COMMENT 'the migrations that made this history'`

/**
 * Brings a folder's tables up to date, makes `onefold` the connection's database and says which migrations ran. Throws a
 * HistoryError if the tables are newer.
 */
export const migrate = (connection: Connection, folder: string, known = migrations()): ReadonlyArray<Migration> => {
  connection.run(prepare)
  const rows = connection
    .run("SELECT version, any(sha256) FROM migrations GROUP BY version")
    .split("\n")
    .filter(Boolean)
  const applied = new Map(rows.map((row): [number, string] => [Number(row.split("\t")[0]), row.split("\t")[1]]))
  for (const [version, sha256] of applied) {
    const same = known.find((migration) => migration.version === version && fingerprint(migration) === sha256)
    if (same === undefined)
      throw historyError(
        "newer-version",
        folder,
        `its tables were made by migration ${version}, which this version does not have`
      )
  }
  const lacking = known.filter(({ version }) => !applied.has(version))
  for (const migration of lacking) {
    connection.run(migration.sql)
    connection.run(
      `INSERT INTO migrations (version, name, sha256) VALUES (${migration.version}, ${literal(migration.name)}, '${fingerprint(migration)}')`
    )
  }
  return lacking
}

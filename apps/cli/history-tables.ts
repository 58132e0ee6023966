/**
 * `onefold history status` and `onefold history migrate`: which tables there are, and what made them.
 */
import { Effect, Schema } from "effect"
import { connect, settled } from "../../platform/history/chdb.ts"
import { isHistory, tablesFolder } from "../../platform/history/folder.ts"
import { HistoryError, historyError } from "../../platform/history/history-error.ts"
import { querySomehow } from "../../platform/history/live.ts"
import { migrations } from "../../platform/history/migrate.ts"
import { configuredServer } from "../../platform/history/server/configured.ts"
import { take } from "../../platform/history/store.ts"
import { disown } from "../../platform/log/folder-owner.ts"
import { existingDataFolder } from "./data-folder.ts"
import { openHistory } from "./history-place.ts"
import { writeLines } from "./json-lines.ts"
import { aligned, cell } from "./report/grid.ts"
import { reporter, terminalOf } from "./reporter.ts"

interface Options {
  readonly dataDir: string
  readonly json: boolean
}

const appliedSql =
  "SELECT version, any(name) AS name, toString(min(time)) AS applied FROM onefold.migrations GROUP BY version ORDER BY version"
const tablesSql =
  "SELECT name AS table, toUInt32(total_rows) AS rows, toUInt32(total_bytes) AS bytes FROM system.tables WHERE database = 'onefold' AND name != 'migrations' ORDER BY name"

const Applied = Schema.Array(Schema.Struct({ version: Schema.Int, name: Schema.String, applied: Schema.String }))
const Tables = Schema.Array(Schema.Struct({ table: Schema.String, rows: Schema.Int, bytes: Schema.Int }))

type Asking = (sql: string) => Effect.Effect<string, HistoryError>

/** Looks into a folder that nobody has open, as it is: no migration runs. */
const lookingInto = (folder: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.try({
        try: () => {
          take(folder)
          return connect(tablesFolder(folder))
        },
        catch: (cause) => (cause instanceof HistoryError ? cause : historyError("unavailable", folder, String(cause)))
      }),
      (connection) =>
        Effect.promise(async () => {
          connection.close()
          await settled()
          disown(folder)
        })
    ),
    (connection): Asking =>
      (sql) =>
        Effect.sync(() => connection.run(sql, "JSONEachRow"))
  )

/** A live run's process, or the server, answers for its tables; a folder is looked into. */
const askingOf = Effect.fn("historyTables.asking")(function* (root: string, history: string) {
  const asked: Asking = (sql) => querySomehow(root, sql, "json")
  if ((yield* configuredServer) !== null) return asked
  if (!isHistory(history)) return yield* historyError("missing", history, "there is no history")
  return yield* lookingInto(history).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "locked",
      () => Effect.succeed(asked)
    )
  )
})

const rowsOf = (answer: string): ReadonlyArray<unknown> =>
  answer
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))

const print = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const terminal = terminalOf(process.stdout)
  const grid = rows.map((row, i) => row.map((text) => cell(terminal, text, ...(i === 0 ? (["quiet"] as const) : []))))
  return aligned(grid, ["left", "right", "right"])
    .map(({ shown }) => `${shown}\n`)
    .join("")
}

export const historyStatus = Effect.fn("history.status")(function* ({ dataDir, json }: Options) {
  const { history, root } = yield* existingDataFolder(dataDir)
  const ask = yield* askingOf(root, history)
  const applied = yield* Schema.decodeUnknownEffect(Applied)(rowsOf(yield* ask(appliedSql)))
  const tables = yield* Schema.decodeUnknownEffect(Tables)(rowsOf(yield* ask(tablesSql)))
  const steps = migrations().map(({ name, version }) => ({
    version,
    name,
    applied: applied.find((each) => each.version === version)?.applied ?? null
  }))
  if (json)
    return yield* writeLines([
      ...steps.map((step) => ({ type: "migration", ...step })),
      ...tables.map((table) => ({ type: "table", ...table }))
    ])
  yield* Effect.sync(() => {
    process.stdout.write(
      print([
        ["migration", "", ""],
        ...steps.map((step) => [step.name, String(step.version), step.applied ?? "to be run"])
      ])
    )
    process.stdout.write(
      `\n${print([["table", "rows", "bytes"], ...tables.map((each) => [each.table, String(each.rows), String(each.bytes)])])}`
    )
  })
}, Effect.scoped)

export const migrateHistory = Effect.fn("history.migrate")(function* ({ dataDir, json }: Options) {
  const folder = yield* existingDataFolder(dataDir)
  const { place, store } = yield* openHistory(folder)
  if (json) return yield* writeLines(store.migrated.map(({ name, version }) => ({ type: "migrated", version, name })))
  const names = store.migrated.map(({ name, version }) => `${version} (${name})`)
  yield* reporter({ json }).note(
    names.length === 0 ? `the tables of ${place} are up to date` : `ran ${names.join(", ")} on ${place}`
  )
}, Effect.scoped)

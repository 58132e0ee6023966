/**
 * A history made anew from the log, compared with the one that is there, and put in its place.
 *
 * It is made in a folder beside (folder.ts says how it takes the place), by one run after the other, so that no more than
 * one run's answers are in memory. Where only some runs are made anew, the other runs' rows are carried over as they are.
 */
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { Effect, Stream } from "effect"
import { topics } from "../../schemas/catalogue.ts"
import { EventLog } from "../log/event-log.ts"
import { disown, own } from "../log/folder-owner.ts"
import { literal } from "./chdb.ts"
import { type ComparedTable, compared, contentOf, type HistoryContent, nothing } from "./comparison.ts"
import { discardMaking, isHistory, makingFolder, swapIn } from "./folder.ts"
import { historyError, storageFault } from "./history-error.ts"
import { type PlannedRun, placedRecords } from "./placed-records.ts"
import { tableNames } from "./projection.ts"
import { Projector } from "./projector.ts"
import { openStore, passage, type Store, take } from "./store.ts"

/** Runs what may throw; what it throws is a HistoryError then. */
const attempt = <A>(place: string, act: () => A) =>
  Effect.try({ try: act, catch: (cause) => storageFault(place, cause) })

/** A folder's store for as long as it is used. */
const using = <A, E, R>(folder: string, use: (store: Store) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    attempt(folder, () => openStore(folder)),
    use,
    (store) => Effect.promise(() => store.close())
  )

const contentIn = (place: string, store: Store, where: string) =>
  attempt(place, () => {
    const connection = store.connect()
    try {
      return contentOf(connection, where)
    } finally {
      connection.close()
    }
  })

/** Projects what the log holds of runs and the tables do not. Fails with HistoryError and LogError. */
export const fill = Effect.fn("History.fill")(function* (store: Store, place: string, runs: ReadonlyArray<PlannedRun>) {
  const log = yield* EventLog
  const projector = new Projector(store)
  for (const run of runs) {
    yield* attempt(place, () => projector.begin(run))
    for (const { name } of topics)
      for (const partition of (yield* log.endOffsets(name)).keys())
        yield* Stream.runForEachArray(log.read(name, partition, 0), (records) =>
          Effect.flatMap(placedRecords(records, run), (placed) =>
            attempt(place, () => projector.take(run.runId, placed))
          )
        )
    const missing = yield* attempt(place, () => {
      const missing = projector.missing(run.runId)
      projector.end(run.runId)
      return missing
    })
    if (missing.length > 0)
      return yield* historyError("incomplete", place, `the log of run ${run.runId} lacks ${missing.join("; ")}`)
  }
})

/** Which runs are made anew. */
const rebuilt = (runs: ReadonlyArray<PlannedRun>, isAll: boolean): string =>
  isAll ? "" : `WHERE run IN (${runs.map(({ runId }) => literal(runId)).join(", ")})`

/** Writes the rows of the other runs into files, one for each table. */
const carryOut = (store: Store, files: string, chosen: string): void => {
  const connection = store.connect()
  try {
    for (const table of tableNames)
      connection.run(
        `INSERT INTO FUNCTION file(${literal(join(files, table))}, 'Native') SELECT * FROM ${table} ${chosen.replace("WHERE run IN", "WHERE run NOT IN")}`
      )
  } finally {
    connection.close()
  }
}

const carryIn = (store: Store, files: string): void => {
  const connection = store.connect()
  try {
    for (const table of tableNames)
      if (existsSync(join(files, table)))
        connection.run(`INSERT INTO ${table} SELECT * FROM file(${literal(join(files, table))}, 'Native')`)
  } finally {
    connection.close()
  }
}

export interface Rebuilding {
  readonly folder: string
  readonly runs: ReadonlyArray<PlannedRun>
  /** Whether these are all runs that the log has; else the rows of others stay as they are. */
  readonly isAll: boolean
  /** Whether the new history takes the old one's place; else it is only compared. */
  readonly isKept: boolean
}

/**
 * Makes the history of some runs anew and says of each table what it held before and holds then.
 * Fails with HistoryError: locked, full, not-writable, incomplete; then the old history is as it was.
 */
export const rebuild = Effect.fn("History.rebuild")(function* ({ folder, isAll, isKept, runs }: Rebuilding) {
  const making = makingFolder(folder)
  const chosen = rebuilt(runs, isAll)
  const carried = yield* Effect.acquireRelease(
    attempt(making, () => {
      discardMaking(folder)
      return passage(`${folder}-carried`)
    }),
    (files) => Effect.sync(() => rmSync(files, { recursive: true, force: true }))
  )
  const before: HistoryContent = isHistory(folder)
    ? yield* using(folder, (store) =>
        Effect.andThen(
          isAll || !isKept ? Effect.void : attempt(folder, () => carryOut(store, carried, chosen)),
          contentIn(folder, store, chosen)
        )
      )
    : nothing
  // Closed now, for a process has one folder open at a time; but nobody else is to open it.
  yield* Effect.acquireRelease(
    attempt(folder, () => take(folder)),
    () => Effect.sync(() => disown(folder))
  )
  const after = yield* using(making, (store) =>
    Effect.gen(function* () {
      yield* attempt(making, () => carryIn(store, carried))
      yield* fill(store, making, runs)
      return yield* contentIn(making, store, chosen)
    })
  ).pipe(Effect.onError(() => Effect.sync(() => discardMaking(folder))))
  yield* attempt(folder, () => {
    if (!isKept) return discardMaking(folder)
    own(making)
    swapIn(folder)
  })
  const tables: ReadonlyArray<ComparedTable> = compared(before, after)
  return tables
}, Effect.scoped)

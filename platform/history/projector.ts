/**
 * Projector: projections of runs, and the store that their rows go to.
 *
 * What could not be inserted stops its run's projection: whether the block is in the table is not known then, but the
 * table knows. `begin` asks it and starts over from there.
 */
import { Result } from "effect"
import { decodeResult, runOf } from "../log/codec.ts"
import type { LogRecord } from "../log/event-log.ts"
import { type HistoryError, historyError, storageFault } from "./history-error.ts"
import type { ProjectedRun } from "./history-thread.ts"
import { Projection, type Tables, tableNames } from "./projection.ts"
import type { Marks, Store } from "./store.ts"
import { strangers } from "./strangers.ts"

/** Rows that may wait before they are inserted without being asked for: some tens of megabytes. */
const mostWaiting = 250_000

/** How often in a row the longest block goes alone: the rows that wait meanwhile are few, but may hold long texts. */
const mostAlone = 8

/** What a projector needs of a store. */
export type RowStore = Pick<Store, "holdsEarlier" | "insert" | "marks">

const tablesOf = (store: RowStore, runId: string): Tables => {
  const marks = new Map(tableNames.map((table): [string, Marks] => [table, store.marks(table, runId)]))
  return {
    mark: (table, topic, partition) => marks.get(table)?.get(`${topic}/${partition}`) ?? -1,
    holdsEarlier: (table, origin) => store.holdsEarlier(table, origin)
  }
}

export class Projector {
  readonly #store: RowStore
  readonly #mostWaiting: number
  readonly #projections = new Map<string, Projection | HistoryError>()
  /** Blocks that went alone since everything went. */
  #alone = 0

  constructor(store: RowStore, rowsThatMayWait = mostWaiting) {
    this.#store = store
    this.#mostWaiting = rowsThatMayWait
  }

  /** Begins a run's projection where its tables end; its records are expected from the first one on. */
  begin({ runId, vocabulary }: ProjectedRun): void {
    this.#projections.set(runId, new Projection(vocabulary, tablesOf(this.#store, runId)))
    if (!(this.#projections.get(strangers) instanceof Projection))
      this.#projections.set(strangers, new Projection([], tablesOf(this.#store, strangers)))
  }

  /** Takes records of any runs, of which those of `runId` count. Throws HistoryError. */
  take(runId: string, records: ReadonlyArray<LogRecord>): void {
    const projection = this.#projection(runId)
    for (const record of records) {
      const owner = runOf(record.value)
      if (owner !== runId && owner !== strangers) continue
      // A record that cannot be read is set aside by the stage it was meant for, and comes here as its dead letter.
      const event = decodeResult(record.value)
      if (Result.isFailure(event)) continue
      const own = owner === runId ? projection : this.#projection(strangers)
      this.#orStop(owner, () => own.take(record, event.success))
      if (projection.size >= this.#mostWaiting) this.#makeRoom(runId, projection)
    }
  }

  /** Inserts what waits. Throws HistoryError, after which the run's projection has stopped. */
  flush(): void {
    this.#alone = 0
    for (const [runId, projection] of this.#projections) {
      if (!(projection instanceof Projection)) continue
      this.#orStop(runId, () => {
        for (const block of projection.release()) this.#store.insert(block)
        projection.settle()
      })
    }
  }

  /** What a run's gradients wait for that has not been read, in words. */
  missing(runId: string): ReadonlyArray<string> {
    return this.#projection(runId).missing()
  }

  /** Inserts what waits and forgets a run's projection. Throws HistoryError. */
  end(runId: string): void {
    try {
      this.flush()
    } finally {
      this.#projections.delete(runId)
    }
  }

  /**
   * An insert has its price however few its rows, so a block that is most of what waits goes alone; the others wait for
   * company, and what was seen is not forgotten before they went.
   */
  #makeRoom(runId: string, projection: Projection): void {
    const { rows, table } = projection.longest
    if (this.#alone === mostAlone || 2 * rows < projection.size) this.flush()
    else {
      this.#alone++
      this.#orStop(runId, () => {
        for (const block of projection.release([table])) this.#store.insert(block)
      })
    }
  }

  #projection(runId: string): Projection {
    const projection = this.#projections.get(runId)
    if (projection instanceof Projection) return projection
    throw projection ?? historyError("unavailable", `run ${runId}`, "its projection has not begun")
  }

  #orStop(runId: string, act: () => void): void {
    try {
      act()
    } catch (cause) {
      const error = storageFault(`run ${runId}`, cause)
      this.#projections.set(runId, error)
      throw error
    }
  }
}

/** RecordBuffer: records that were fetched and wait to be handled; full beyond a number or a size. */
import { Effect } from "effect"
import type { LogRecord } from "./event-log.ts"
import { Signal } from "./signal.ts"

const fullRecords = 2000
const fullBytes = 8 * 1024 * 1024

export class RecordBuffer {
  #records: ReadonlyArray<LogRecord> = []
  readonly #arrived = new Signal()
  readonly #emptied: Signal

  /** @param emptied raised when records were taken */
  constructor(emptied: Signal) {
    this.#emptied = emptied
  }

  get isFull(): boolean {
    const bytes = this.#records.reduce((sum, record) => sum + record.value.length, 0)
    return this.#records.length >= fullRecords || bytes >= fullBytes
  }

  add(records: ReadonlyArray<LogRecord>): void {
    if (records.length === 0) return
    this.#records = [...this.#records, ...records]
    this.#arrived.raise()
  }

  /** The oldest records, at least one and at most `limit`, once there are any. */
  take(limit: number): Effect.Effect<ReadonlyArray<LogRecord>> {
    return Effect.suspend(() => {
      if (this.#records.length === 0) {
        return Effect.andThen(this.#arrived.beyond(this.#arrived.version), this.take(limit))
      }
      const taken = this.#records.slice(0, limit)
      this.#records = this.#records.slice(limit)
      this.#emptied.raise()
      return Effect.succeed(taken)
    })
  }
}

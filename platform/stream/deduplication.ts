/**
 * The first record of an event id wins.
 *
 * Ids are coordinates, so a retry writes the id that the first try wrote. Every reader drops what it has seen; a repeat
 * with other content is a fault worth reporting. The first record handed out again is still the first. What is remembered of a run is bounded: ids of steps that lie more
 * than `window` behind the newest one are forgotten. An event of such a step is still taken — a test of an early policy
 * may end late — and a repeat of it is harmless: states are kept by coordinates, and what follows has the same id again.
 */

export type Admission = "first" | "repeat" | "conflict"

/** The record that an id came with first. */
export interface FirstRecord {
  /** SHA-256 of its bytes. */
  readonly sha256: string
  /** Where it lies in the log. */
  readonly place: string
}

interface Seen {
  newest: number
  readonly byStep: Map<number, Map<string, FirstRecord>>
}

export class Deduplication {
  readonly #window: number
  readonly #runs = new Map<string, Seen>()

  constructor(window = 64) {
    this.#window = window
  }

  /** Admits an event by its id and its record. `step` is 0 for events that belong to no step. */
  admit(runId: string, step: number, id: string, record: FirstRecord): Admission {
    const run = this.#runs.get(runId) ?? { newest: 0, byStep: new Map<number, Map<string, FirstRecord>>() }
    this.#runs.set(runId, run)
    // A topic that is read from its start after another was read to its end: too old to be remembered.
    if (step !== 0 && step < run.newest - this.#window) return "first"
    const ids = run.byStep.get(step) ?? new Map<string, FirstRecord>()
    run.byStep.set(step, ids)
    const before = ids.get(id)
    if (before !== undefined) {
      if (before.place === record.place) return "first"
      return before.sha256 === record.sha256 ? "repeat" : "conflict"
    }
    ids.set(id, record)
    if (step > run.newest) {
      run.newest = step
      for (const old of run.byStep.keys()) if (old !== 0 && old < step - this.#window) run.byStep.delete(old)
    }
    return "first"
  }

  /** Forgets an id whose event came to nothing: when it is sent once more, that is the first time. */
  forget(runId: string, step: number, id: string): void {
    this.#runs.get(runId)?.byStep.get(step)?.delete(id)
  }

  /** How many ids are remembered, over all runs. */
  get size(): number {
    let count = 0
    for (const run of this.#runs.values()) for (const ids of run.byStep.values()) count += ids.size
    return count
  }
}

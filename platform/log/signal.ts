/**
 * Signal: wakes those who wait for something to change, at once and without polling.
 *
 * Read `version` first, then look at the thing itself, then wait beyond that version: a change in between is not missed.
 */
import { Effect } from "effect"

export class Signal {
  #version = 0
  readonly #waiting = new Set<() => void>()

  get version(): number {
    return this.#version
  }

  raise(): void {
    this.#version++
    const woken = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of woken) wake()
  }

  /** Returns once the version is greater than `seen`. */
  beyond(seen: number): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      if (this.#version > seen) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      this.#waiting.add(wake)
      return Effect.sync(() => this.#waiting.delete(wake))
    })
  }
}

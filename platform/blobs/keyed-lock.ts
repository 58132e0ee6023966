/**
 * One at a time for each key: work on one key waits for earlier work on it, and for nothing else.
 */
import { Effect, Semaphore } from "effect"

export class KeyedLock {
  readonly #held = new Map<string, { readonly turn: Semaphore.Semaphore; users: number }>()

  readonly with = <A, E, R>(key: string, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => this.#enter(key)),
      ({ turn }) => turn.withPermit(work),
      () => Effect.sync(() => this.#leave(key))
    )

  #enter(key: string) {
    const held = this.#held.get(key) ?? { turn: Semaphore.makeUnsafe(1), users: 0 }
    held.users++
    this.#held.set(key, held)
    return held
  }

  #leave(key: string): void {
    const held = this.#held.get(key)
    if (held !== undefined && --held.users === 0) this.#held.delete(key)
  }
}

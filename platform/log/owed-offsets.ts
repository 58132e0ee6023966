/**
 * OwedOffsets: where a group stands that has handled more than it has written down.
 *
 * A batch that led to nothing loses nothing if it is handled again, so its offset waits for the next transaction, for a
 * quiet moment, or for a second at most.
 */
import { Clock, Effect, type Option } from "effect"
import { nameOf } from "./groups.ts"
import type { GroupOffset } from "./in-process.ts"

/** How long offsets wait for company while nothing comes, and while batches come that lead to nothing. */
const quiet = "500 millis"
const longestMillis = 1000

export class OwedOffsets {
  readonly #moves = new Map<string, GroupOffset>()
  #since = Number.POSITIVE_INFINITY

  get moves(): ReadonlyArray<GroupOffset> {
    return [...this.#moves.values()]
  }

  /** Of batches that led to nothing only: whoever leaves writes down what is owed. Whether it has waited long enough. */
  owe(moves: ReadonlyArray<GroupOffset>): Effect.Effect<boolean> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      for (const move of moves) this.#moves.set(nameOf(move), move)
      this.#since = Math.min(this.#since, now)
      return now - this.#since >= longestMillis
    })
  }

  /**
   * Writes these moves and what is owed in one act. Settled before anything can interrupt: an older offset must not be
   * written after a later one.
   */
  async settledBy(
    moves: ReadonlyArray<GroupOffset>,
    write: (all: ReadonlyArray<GroupOffset>) => Promise<unknown>
  ): Promise<void> {
    await write([...new Map([...this.#moves, ...moves.map((move) => [nameOf(move), move] as const)]).values()])
    this.#moves.clear()
    this.#since = Number.POSITIVE_INFINITY
  }

  /** What is taken; none where nothing came for a while and something is owed. */
  before<A>(take: Effect.Effect<A>): Effect.Effect<Option.Option<A>> {
    return Effect.suspend(() => (this.#moves.size === 0 ? Effect.asSome(take) : Effect.timeoutOption(take, quiet)))
  }
}

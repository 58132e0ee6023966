/**
 * Where wall time goes when things run side by side: intervals by name, and how long at least one of some was open.
 */
import { Effect } from "effect"

interface Interval {
  readonly name: string
  readonly from: number
  readonly to: number
}

export class Stopwatch {
  #intervals: Array<Interval> = []

  /** Times an effect under a name. */
  timing(name: string) {
    return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        const from = performance.now()
        return effect.pipe(
          Effect.ensuring(Effect.sync(() => this.#intervals.push({ name, from, to: performance.now() })))
        )
      })
  }

  clear(): void {
    this.#intervals = []
  }

  /** Milliseconds during which at least one interval of these names was open. */
  covered(...names: ReadonlyArray<string>): number {
    const chosen = this.#intervals.filter(({ name }) => names.includes(name)).sort((a, b) => a.from - b.from)
    let total = 0
    let reached = Number.NEGATIVE_INFINITY
    for (const { from, to } of chosen) {
      if (to <= reached) continue
      total += to - Math.max(from, reached)
      reached = to
    }
    return total
  }
}

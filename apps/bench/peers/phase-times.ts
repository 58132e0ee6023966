/**
 * Wall and processor seconds of the phases of steps, as the peers count them.
 */
import { Effect } from "effect"
import { median } from "./tool-line.ts"

interface Cost {
  readonly wall: number
  readonly processor: number
}

export class PhaseTimes {
  readonly #steps: Array<Map<string, Cost>> = []
  #current = new Map<string, Cost>()

  /** Adds what an effect takes to a phase of the step in hand. */
  phase(name: string) {
    return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        const from = performance.now()
        const before = process.cpuUsage()
        return Effect.tap(effect, () =>
          Effect.sync(() => {
            const { system, user } = process.cpuUsage(before)
            const { processor, wall } = this.#current.get(name) ?? { wall: 0, processor: 0 }
            this.#current.set(name, {
              wall: wall + (performance.now() - from) / 1e3,
              processor: processor + (system + user) / 1e6
            })
          })
        )
      })
  }

  endStep(): void {
    this.#steps.push(this.#current)
    this.#current = new Map()
  }

  /** Seconds of the first step by phase. */
  first(name: string): number {
    return this.#steps[0]?.get(name)?.wall ?? 0
  }

  /** Medians and minima by phase, the first step left out. */
  figures() {
    const timed = this.#steps.slice(1)
    const by = (pick: (cost: Cost) => number, sum: (values: ReadonlyArray<number>) => number) =>
      Object.fromEntries(
        [...(timed[0]?.keys() ?? [])].map((name) => [
          name,
          Number(sum(timed.map((step) => pick(step.get(name) ?? { wall: 0, processor: 0 }))).toFixed(4))
        ])
      )
    return {
      wall_s: by(({ wall }) => wall, median),
      cpu_s: by(({ processor }) => processor, median),
      cpu_min_s: by(
        ({ processor }) => processor,
        (values) => Math.min(...values)
      )
    }
  }
}

/**
 * Which events of one partition have been seen: the first record of an id wins, later ones are repeats.
 *
 * Ids of steps far behind the newest are forgotten once their rows are in the tables; from then on the tables remember
 * for them. So memory is bounded by the window, and a repeat is known as one however late it comes.
 */

/** How many steps behind the newest one are remembered here. */
const defaultWindow = 16

export class SeenIds {
  readonly #window: number
  readonly #byStep = new Map<number, Set<string>>()
  readonly #withoutStep = new Set<string>()
  #newest = 0
  /** Steps below this one have been forgotten. */
  #horizon = 0

  constructor(window = defaultWindow) {
    this.#window = window
  }

  /**
   * Whether this is the first record of an id.
   * @param step null for events that belong to no step: those are few, and never forgotten
   * @param remembered asks the table whether it holds an earlier record of the id
   */
  admit(step: number | null, id: string, remembered: () => boolean): boolean {
    const ids = step === null ? this.#withoutStep : (this.#byStep.get(step) ?? new Set<string>())
    if (ids.has(id)) return false
    if (step !== null) {
      if (step < this.#horizon && remembered()) return false
      this.#byStep.set(step, ids)
      this.#newest = Math.max(this.#newest, step)
    }
    ids.add(id)
    return true
  }

  /** Forgets what lies behind the window. To be called when every row so far is in its table. */
  forget(): void {
    this.#horizon = Math.max(this.#horizon, this.#newest - this.#window)
    for (const step of this.#byStep.keys()) if (step < this.#horizon) this.#byStep.delete(step)
  }

  /** Ids remembered here. */
  get size(): number {
    let size = this.#withoutStep.size
    for (const ids of this.#byStep.values()) size += ids.size
    return size
  }
}

/**
 * What one verdict may spend, counted in steps, so that the same answer is given up on a fast machine and a slow one.
 *
 * A step is one character, token or node looked at, or one arithmetic operation; a spent budget ends the verdict by a
 * signal that only grade.ts catches.
 */

/** Thrown where the budget is spent. */
export class OutOfSteps extends Error {}

/** Enough for any answer a person would write; some tens of milliseconds of work. */
export const stepLimit = 300_000

export class Steps {
  #left: number

  constructor(limit: number = stepLimit) {
    this.#left = limit
  }

  take(count: number): void {
    this.#left -= count
    if (this.#left < 0) throw new OutOfSteps()
  }
}

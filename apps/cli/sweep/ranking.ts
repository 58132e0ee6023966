/**
 * The ranking of a sweep: what the history says of each run, with the interval of its gain, best first. Pure.
 */

/** Greedy answers to the same problems before and after. */
export interface Pairs {
  readonly problems: number
  /** Right answers of the base, and of the last policy. */
  readonly before: number
  readonly after: number
  /** Wrong before and right after; right before and wrong after. */
  readonly won: number
  readonly lost: number
}

export interface Gain {
  readonly gain: number
  readonly low: number
  readonly high: number
}

/** Of the normal distribution, for 95 %. */
const z = 1.959963984540054

/**
 * The gain with its 95 % interval for paired answers, in closed form (Bonett and Price 2012): Wald's interval of the
 * difference of the two kinds of change, after one has been added to each. It holds where few problems changed, and has
 * a width where none did.
 */
export const gainOf = ({ lost, problems, won }: Pairs): Gain => {
  const [up, down] = [(won + 1) / (problems + 2), (lost + 1) / (problems + 2)]
  const half = z * Math.sqrt((up + down - (up - down) ** 2) / (problems + 2))
  return {
    gain: (won - lost) / problems,
    low: Math.max(-1, up - down - half),
    high: Math.min(1, up - down + half)
  }
}

/** One run as the history tells it. */
export interface Swept extends Pairs {
  readonly run: string
  readonly example: string
  readonly seed: number
  /** SHA-256 of the last weights. */
  readonly policy: string
  /** First step from which the training reward is high; null where it never is. */
  readonly saturation: number | null
  readonly zeroSignalGroups: number
  readonly tokens: number
  readonly seconds: number
}

export interface Ranked extends Swept, Gain {
  /** 1 is the best; equal gains share a rank. */
  readonly rank: number
}

/** Highest gain first; equal ones in the order given. */
export const ranked = (runs: ReadonlyArray<Swept>): ReadonlyArray<Ranked> => {
  const sorted = runs.map((run) => ({ ...run, ...gainOf(run) })).sort((a, b) => b.gain - a.gain)
  return sorted.map((run) => ({ ...run, rank: sorted.findIndex(({ gain }) => gain === run.gain) + 1 }))
}

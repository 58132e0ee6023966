/**
 * Drawing tokens on the host: weights from the device, sums in doubles, so that chance never depends on a backend.
 *
 * A draw looks for its uniform number in the cumulative weights in the order of token ids.
 */

export interface Drawn {
  readonly token: number
  /** ln of the token's probability, nats. */
  readonly logProb: number
  /** Of the distribution it was drawn from, nats. */
  readonly entropy: number
}

/** Distributions of several columns, as distribution.ts defines them, on the host. */
export interface HostDistribution {
  readonly columns: number
  /** [vocabulary, columns]: `shifted` where the most likely token is asked for, else `weights`. */
  readonly values: Float32Array
  /** [columns] */
  readonly total: Float32Array
  /** [columns] */
  readonly weighted: Float32Array
}

export interface Choice {
  /** 1 is among all tokens. */
  readonly topP: number
  /** 0 is among all tokens. */
  readonly topK: number
}

export interface Draw {
  readonly column: number
  /** In [0, 1). */
  readonly uniform: number
  /** Tokens that may not be drawn. */
  readonly banned: ReadonlyArray<number>
}

const drawnOf = ({ total, weighted }: HostDistribution, column: number, token: number, shifted: number): Drawn => {
  const logTotal = Math.log(total[column])
  return { token, logProb: shifted - logTotal, entropy: logTotal - weighted[column] / total[column] }
}

/** The most likely token, the lowest id among equals; its distribution is the one at temperature 1. */
export const mostLikely = (distribution: HostDistribution, { banned, column }: Omit<Draw, "uniform">): Drawn => {
  const { columns, values } = distribution
  const isBanned = new Set(banned)
  let best = -1
  for (let token = 0; token * columns < values.length; token++) {
    const value = values[token * columns + column]
    if (isBanned.has(token) || Number.isNaN(value)) continue
    if (best === -1 || value > values[best * columns + column]) best = token
  }
  return drawnOf(distribution, column, best, values[best * columns + column])
}

/** Tokens to draw among: the topK most likely, of them the fewest whose weights reach topP of theirs; ids rising. */
const nucleus = (weights: Float64Array, { topK, topP }: Choice): ReadonlyArray<number> => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  // Tokens lighter than this, were they all of them, add up to less than 1 - topP.
  const lightest = topK > 0 ? 0 : ((1 - topP) * total) / weights.length
  const candidates: Array<number> = []
  weights.forEach((weight, token) => {
    if (weight > lightest) candidates.push(token)
  })
  candidates.sort((a, b) => weights[b] - weights[a] || a - b)
  const most = topK > 0 ? candidates.slice(0, topK) : candidates
  const mass = topK > 0 ? most.reduce((sum, token) => sum + weights[token], 0) : total
  let reached = 0
  let count = 0
  while (count < most.length && (count === 0 || reached < topP * mass)) reached += weights[most[count++]]
  return most.slice(0, count).sort((a, b) => a - b)
}

const drawAmong = (distribution: HostDistribution, { banned, column, uniform }: Draw, choice: Choice): Drawn => {
  const { columns, values } = distribution
  const weights = Float64Array.from({ length: values.length / columns }, (_, token) => values[token * columns + column])
  for (const token of banned) weights[token] = 0
  const tokens = nucleus(weights, choice)
  const mark = uniform * tokens.reduce((sum, token) => sum + weights[token], 0)
  let reached = 0
  const token = tokens.find((candidate) => {
    reached += weights[candidate]
    return mark < reached
  })
  const drawn = token ?? tokens[tokens.length - 1]
  return drawnOf(distribution, column, drawn, Math.log(weights[drawn]))
}

/** The cumulative weight that a draw's token is the first to exceed; banned tokens weigh nothing. */
const markOf = ({ columns, total, values }: HostDistribution, { banned, column, uniform }: Draw): number =>
  uniform * banned.reduce((sum, token) => sum - values[token * columns + column], total[column])

/** Draws among all tokens but the banned ones, for many columns in one pass over the weights, which lie token by token. */
const drawAll = (distribution: HostDistribution, draws: ReadonlyArray<Draw>): ReadonlyArray<Drawn> => {
  const { columns, values } = distribution
  const marks = Float64Array.from(draws, (draw) => markOf(distribution, draw))
  const column = Int32Array.from(draws, (draw) => draw.column)
  const reached = new Float64Array(draws.length)
  const drawn = new Int32Array(draws.length)
  const isBanned = draws.some(({ banned }) => banned.length > 0)
    ? (i: number, token: number) => draws[i].banned.includes(token)
    : null
  /** The draws whose mark is not reached yet, in the first `open` places. */
  const waiting = Int32Array.from(draws, (_, i) => i)
  let open = draws.length
  for (let first = 0; first < values.length && open > 0; first += columns) {
    for (let place = 0; place < open; place++) {
      const i = waiting[place]
      const weight = values[first + column[i]]
      if (weight === 0 || isBanned?.(i, first / columns)) continue
      reached[i] += weight
      drawn[i] = first / columns // the last one with any weight, should rounding leave the mark unreached
      if (reached[i] > marks[i]) {
        open -= 1
        waiting[place] = waiting[open]
        waiting[open] = i
        place -= 1
      }
    }
  }
  return draws.map((draw, i) =>
    drawnOf(distribution, draw.column, drawn[i], Math.log(values[drawn[i] * columns + draw.column]))
  )
}

/** One token for each draw, from weights. */
export const drawTokens = (
  distribution: HostDistribution,
  draws: ReadonlyArray<Draw>,
  choice: Choice
): ReadonlyArray<Drawn> =>
  choice.topP < 1 || choice.topK > 0
    ? draws.map((draw) => drawAmong(distribution, draw, choice))
    : drawAll(distribution, draws)

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

/** Draws among all tokens but the banned ones, for many columns in one pass over the weights. */
const drawAll = (distribution: HostDistribution, draws: ReadonlyArray<Draw>): ReadonlyArray<Drawn> => {
  const { columns, total, values } = distribution
  const vocabulary = values.length / columns
  const mass = (token: number, column: number) => values[token * columns + column]
  const marks = Float64Array.from(
    draws,
    ({ banned, column, uniform }) => uniform * banned.reduce((sum, token) => sum - mass(token, column), total[column])
  )
  const reached = new Float64Array(draws.length)
  const found = new Int32Array(draws.length)
  const last = new Int32Array(draws.length)
  const bans = draws.map(({ banned }) => new Set(banned))
  const hasBans = bans.some((ban) => ban.size > 0)
  let open = draws.map((_, i) => i)
  for (let token = 0; token < vocabulary && open.length > 0; token++) {
    let isDone = false
    for (const i of open) {
      const weight = values[token * columns + draws[i].column]
      if (weight === 0 || (hasBans && bans[i].has(token))) continue
      reached[i] += weight
      last[i] = token
      if (marks[i] < reached[i]) {
        found[i] = token + 1
        isDone = true
      }
    }
    if (isDone) open = open.filter((i) => found[i] === 0)
  }
  return draws.map(({ column }, i) => {
    const token = found[i] > 0 ? found[i] - 1 : last[i]
    return drawnOf(distribution, column, token, Math.log(mass(token, column)))
  })
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

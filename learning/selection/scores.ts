/**
 * What a training example is worth, by its historical accuracies: the higher the score, the earlier it is chosen.
 *
 *   std     how much its accuracy moved: population standard deviation (1-shot RLVR, arXiv 2504.20571; its equation 1 has
 *           the variance, which gives the same order)
 *   lim     how closely it follows the mean learning curve (LIMR, arXiv 2502.11886)
 *   random  a number by seed and index: the baseline
 */
import { hashOf, uniformAt } from "../random/uniform-at.ts"
import type { ExampleHistory, Histories } from "./histories.ts"
import { spreadOf } from "./spread.ts"

export const scoreNames = ["std", "lim", "random"] as const
export type ScoreName = (typeof scoreNames)[number]

const randomStream = 0x72616e6b // "rank"

/** Sum from left to right, as the reference sums here. */
const sumOf = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0)

/**
 * LIMR's alignment of each example, [examples]:
 *
 *   1 - Σ_k (r_k - mean_k)² / Σ_k (1 - mean_k)²
 *
 * with mean_k over all examples at visit k, for as many visits as the shortest history has. Where every example was
 * always right there is no distance to measure by, and all score 1.
 */
const lim = (histories: Histories): ReadonlyArray<number> => {
  const visits = histories.reduce((least, { history }) => Math.min(least, history.length), histories[0].history.length)
  const means = Array.from(
    { length: visits },
    (_, visit) => sumOf(histories.map(({ history }) => history[visit])) / histories.length
  )
  const farthest = sumOf(means.map((mean) => (1 - mean) * (1 - mean)))
  if (farthest === 0) return histories.map(() => 1)
  return histories.map(
    ({ history }) => 1 - sumOf(means.map((mean, visit) => (history[visit] - mean) * (history[visit] - mean))) / farthest
  )
}

/** By the index and not by the place, so that the order of the examples does not matter. */
const random = ({ index }: ExampleHistory, seed: number): number =>
  uniformAt(seed, { stream: randomStream, step: 0, prompt: hashOf(index), sample: 0, position: 0 })

/** The score of each example, [examples], in their order. `seed`, a uint32, is that of `random`. */
export const scoresOf = (name: ScoreName, histories: Histories, seed: number): ReadonlyArray<number> => {
  switch (name) {
    case "std":
      return histories.map(({ history }) => spreadOf(history).std)
    case "lim":
      return lim(histories)
    case "random":
      return histories.map((example) => random(example, seed))
  }
}

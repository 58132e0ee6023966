/**
 * Which example of DSR-sub is π_K, as far as the paper names it: ranks by the standard deviation of historical accuracy.
 *
 * From rank 1106 on that deviation is 0, and the order is that of the authors' file. Any other K follows from a training
 * set that knows its ranks, or from a file of accuracies.
 */

const first20 = [
  ...[124, 267, 531, 931, 212, 25, 568, 131, 649, 724],
  ...[875, 925, 682, 100, 291, 50, 870, 229, 948, 1146]
]

const ranks: ReadonlyMap<number, number> = new Map([
  ...first20.map((index, i) => [i + 1, index] as const),
  [605, 60],
  [606, 906],
  [1201, 847],
  [1207, 174],
  [1208, 770],
  [1209, 789]
])

/** The index in DSR-sub of the example of a rank; undefined where the paper does not name it. */
export const publishedIndex = (rank: number): string | undefined => ranks.get(rank)?.toString()

export const publishedRanks: ReadonlyArray<number> = [...ranks.keys()]

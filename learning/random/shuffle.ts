/**
 * Things in an order drawn at random, every order equally likely: Fisher and Yates.
 */
import type { Randomness } from "./sequence.ts"

/** All of them, the last place drawn first. */
export const shuffled = <A>(items: ReadonlyArray<A>, random: Randomness): ReadonlyArray<A> => {
  const order = [...items]
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** The first `count` of them, the first place drawn first: fewer are the head of more. All where there are no more. */
export const drawnFirst = <A>(items: ReadonlyArray<A>, count: number, random: Randomness): ReadonlyArray<A> => {
  const order = [...items]
  const wanted = Math.min(count, order.length)
  for (let i = 0; i < wanted; i++) {
    const j = random.between(i, order.length - 1)
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order.slice(0, wanted)
}

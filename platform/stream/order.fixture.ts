/**
 * Orders of arrival for tests, drawn from a seed so that a failure can be met again.
 */
import { sequence } from "../../learning/random/sequence.ts"

const orderStream = 0x6f72646e // "ordn"

/** The same items in an order that follows from the seed. */
export const shuffled = <A>(items: ReadonlyArray<A>, seed: number): ReadonlyArray<A> => {
  const random = sequence(seed, orderStream)
  const left = [...items]
  return items.flatMap(() => left.splice(random.below(left.length), 1))
}

/** All items of all queues, each queue in its own order. */
export const interleaved = <A>(queues: ReadonlyArray<ReadonlyArray<A>>, seed: number): ReadonlyArray<A> => {
  const next = queues.map(() => 0)
  const turns = shuffled(
    queues.flatMap((queue, q) => queue.map(() => q)),
    seed
  )
  return turns.map((q) => queues[q][next[q]++])
}

/** Every order of a few items. */
export const permutations = <A>(items: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  items.length <= 1
    ? [items]
    : items.flatMap((item, i) =>
        permutations(items.filter((_, other) => other !== i)).map((rest): ReadonlyArray<A> => [item, ...rest])
      )

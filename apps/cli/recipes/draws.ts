/**
 * What recipes leave to chance, by the run's seed: which examples.
 */
import { sequence } from "../../../learning/random/sequence.ts"
import { drawnFirst } from "../../../learning/random/shuffle.ts"
import { hashOf } from "../../../learning/random/uniform-at.ts"

/** So many of a list, each set of them equally likely, in the order of the list. */
export const drawn = <A>(from: ReadonlyArray<A>, count: number, seed: number, what: string): ReadonlyArray<A> => {
  const chosen = new Set(drawnFirst([...from.keys()], count, sequence(seed, hashOf(`recipe/${what}`))))
  return from.filter((_, i) => chosen.has(i))
}

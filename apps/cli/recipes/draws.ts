/**
 * What recipes leave to chance, by the run's seed: which examples.
 */
import { sequence } from "../../../learning/random/sequence.ts"
import { hashOf } from "../../../learning/random/uniform-at.ts"

/** So many of a list, each set of them equally likely, in the order of the list. */
export const drawn = <A>(from: ReadonlyArray<A>, count: number, seed: number, what: string): ReadonlyArray<A> => {
  const { below } = sequence(seed, hashOf(`recipe/${what}`))
  const places = from.map((_, i) => i)
  for (let i = 0; i < Math.min(count, places.length); i++) {
    const j = i + below(places.length - i)
    const kept = places[i]
    places[i] = places[j]
    places[j] = kept
  }
  const chosen = new Set(places.slice(0, count))
  return from.filter((_, i) => chosen.has(i))
}

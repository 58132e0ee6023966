/**
 * What recipes leave to chance, by the run's seed: which examples, and which of them get a wrong answer.
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

interface Answered {
  readonly answer: string
  readonly trueAnswer?: string
}

/**
 * Examples of which a share has the answer of another one, a different answer, in place of its own.
 *
 * As many as the share comes to, rounded; one whose answer all others share keeps it.
 */
export const mislabelled = <A extends Answered>(
  examples: ReadonlyArray<A>,
  share: number,
  seed: number
): ReadonlyArray<A & Answered> => {
  const chosen = new Set(drawn(examples, Math.round(share * examples.length), seed, "label-noise"))
  const { choice } = sequence(seed, hashOf("recipe/label-noise/answers"))
  return examples.map((example) => {
    if (!chosen.has(example)) return example
    const others = examples.filter(({ answer }) => answer !== example.answer)
    if (others.length === 0) return example
    return { ...example, answer: choice(others).answer, trueAnswer: example.trueAnswer ?? example.answer }
  })
}

/**
 * Which examples a sweep runs over: what `--examples` says, without looking anything up.
 */
import { Schema } from "effect"
import { type Family, families } from "../../../learning/datasets/miniature/problem.ts"
import { exampleIds } from "../../../learning/datasets/miniature/problems.ts"
import { nearest } from "../../../learning/nearest.ts"
import { sequence } from "../../../learning/random/sequence.ts"
import { drawnFirst } from "../../../learning/random/shuffle.ts"
import { hashOf } from "../../../learning/random/uniform-at.ts"

export class ExamplesUnknown extends Schema.TaggedError<ExamplesUnknown>()("ExamplesUnknown", {
  examples: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `--examples ${this.examples}: ${this.detail}. ${this.next}`
  }
}

/** Where the examples of a sweep come from. */
export type Choice =
  | { readonly kind: "names"; readonly names: ReadonlyArray<string> }
  | { readonly kind: "ranks"; readonly first: number; readonly last: number }
  | { readonly kind: "file"; readonly path: string }

export const forms = "all, family:F, rank:1-16, random:N, names with commas between, or a file"

const known = `Known: ${forms}`

const isName = (word: string): boolean => exampleIds().includes(word)

/** The pool's family of this name; a sentence where there is none. */
const ofFamily = (name: string): ReadonlyArray<string> | ExamplesUnknown => {
  const family: Family | undefined = families.find((each) => each === name)
  return family === undefined
    ? new ExamplesUnknown({
        examples: `family:${name}`,
        detail: "there is no such family",
        next: `Did you mean "family:${nearest(name, families)}"? Families: ${families.join(", ")}`
      })
    : exampleIds().filter((id) => id.startsWith(`${family}:`))
}

/** Draws of this sort have a stream of randomness of their own. */
const stream = hashOf("sweep/examples")

/** The first `count` of the pool as Philox shuffles it by a seed: a smaller count gives the head of the same list. */
export const drawn = (count: number, seed: number): ReadonlyArray<string> =>
  drawnFirst(exampleIds(), count, sequence(seed, stream))

const atRandom = (count: number, seed: number, text: string): ReadonlyArray<string> | ExamplesUnknown => {
  const size = exampleIds().length
  return count >= 1 && count <= size && seed <= 0xffffffff
    ? drawn(count, seed)
    : new ExamplesUnknown({
        examples: text,
        detail: `the pool has ${size} examples, and a seed has 32 bits`,
        next: `Ask for 1 to ${size}: random:16, or random:16:7 with a seed`
      })
}

const ranks = (text: string, from: string, to: string | undefined): Choice | ExamplesUnknown => {
  const [first, last] = [Number(from), Number(to ?? from)]
  return first >= 1 && first <= last && last < 2 ** 31
    ? { kind: "ranks", first, last }
    : new ExamplesUnknown({ examples: text, detail: "ranks go from 1 on, the smaller one first", next: known })
}

const looksLikeFile = (text: string): boolean => /[/\\]|\.[a-z]+$/i.test(text)

const misnamed = (text: string, word: string): ExamplesUnknown => {
  const words = ["all", "rank:1-16", "random:16", ...families.map((family) => `family:${family}`), ...exampleIds()]
  return new ExamplesUnknown({
    examples: text,
    detail: word === text ? "there are no such examples" : `there is no example "${word}"`,
    next: `Did you mean "${nearest(word, words)}"? ${known}`
  })
}

/** What `--examples` means. Files are known by an ending or a slash. */
export const choiceOf = (text: string): Choice | ExamplesUnknown => {
  const names = (found: ReadonlyArray<string> | ExamplesUnknown): Choice | ExamplesUnknown =>
    found instanceof ExamplesUnknown ? found : { kind: "names", names: found }
  if (text === "all") return names(exampleIds())
  const family = /^family:(.*)$/.exec(text)
  if (family !== null) return names(ofFamily(family[1]))
  const rank = /^rank:(\d{1,9})(?:-(\d{1,9}))?$/.exec(text)
  if (rank !== null) return ranks(text, rank[1], rank[2])
  const random = /^random:(\d{1,9})(?::(\d{1,10}))?$/.exec(text)
  if (random !== null) return names(atRandom(Number(random[1]), Number(random[2] ?? 0), text))
  const words = text.split(",").map((word) => word.trim())
  const wrong = words.find((word) => !isName(word))
  if (wrong === undefined) return names([...new Set(words)])
  return looksLikeFile(text) ? { kind: "file", path: text } : misnamed(text, wrong)
}

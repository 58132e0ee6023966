/**
 * The paper's examples by name, where their texts are not at hand: for a plan, and for the paper's side of a comparison.
 */
import type { ChosenRecipe } from "./catalogue.ts"
import { publishedIndex } from "./published-ranks.ts"
import { lastRank } from "./single-examples.ts"

export interface PlaceholderExample {
  readonly promptId: string
  readonly text: string
  readonly answer: string
}

const sizes = { "dsr-sub": lastRank, "math-7500": 7500 } as const

const placeholder = (promptId: string, text: string): PlaceholderExample => ({ promptId, text, answer: "unread" })

const ofSet = (set: string, count: number) =>
  Array.from({ length: count }, (_, i) => placeholder(`${i}`, `example ${i} of ${set}`))

/** Of π1 where there is no recipe. */
export const placeholders = (chosen: ChosenRecipe | null): ReadonlyArray<PlaceholderExample> => {
  const examples = chosen?.recipe.examples ?? { kind: "pi", ranks: [1] }
  switch (examples.kind) {
    case "pi":
      return examples.ranks.map((rank) => {
        const index = publishedIndex(rank)
        return placeholder(
          index ?? `pi${rank}`,
          `π${rank}, ${index === undefined ? "of" : `index ${index} of`} DSR-sub`
        )
      })
    case "random":
      return Array.from({ length: examples.count }, (_, i) => placeholder(`random-${i}`, "drawn from DSR-sub"))
    case "set":
      return ofSet(examples.set, sizes[examples.set])
    case "last-step":
      return [placeholder("pi1:last-step", examples.problem)]
  }
}

/**
 * `--seeds`: how many (3 is 0,1,2), or which (7,11; one alone with a comma: 7,).
 */
import { Effect, Schema } from "effect"
import { checkBetween, checkSeed } from "../ranges.ts"

export class SeedsUnreadable extends Schema.TaggedError<SeedsUnreadable>()("SeedsUnreadable", {
  seeds: Schema.String
}) {
  override get message(): string {
    return `--seeds ${this.seeds}: it names no seeds; say how many (3 is 0,1,2) or which (7,11 and for one alone 7,)`
  }
}

const most = 1000

/** Fails with SeedsUnreadable or OptionOutOfRange. */
export const seedsOf = Effect.fn("sweep.seeds")(function* (text: string) {
  if (!/^\d{1,10}(,\d{1,10})*,?$/.test(text)) return yield* new SeedsUnreadable({ seeds: text })
  const numbers = text.split(",").filter(Boolean).map(Number)
  if (!text.includes(",")) {
    yield* checkBetween("--seeds", numbers[0], 1, most)
    return Array.from({ length: numbers[0] }, (_, seed) => seed)
  }
  yield* Effect.forEach(numbers, (seed) => checkSeed("--seeds", seed))
  return [...new Set(numbers)]
})

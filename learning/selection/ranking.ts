/**
 * Examples from the best score to the worst. Rank K is π_K in the paper's words.
 */
import { Effect, Schema } from "effect"
import type { Histories } from "./histories.ts"
import { type ScoreName, scoresOf } from "./scores.ts"
import { type Spread, spreadOf } from "./spread.ts"

export interface Ranked extends Spread {
  /** From 1 on. */
  readonly rank: number
  readonly index: string
  readonly score: number
  /** Null where it is not known. */
  readonly label: string | null
  /** How many accuracies the history has. */
  readonly visits: number
}

/** Ranks examples by a score, highest first; equal scores keep the order they come in. */
export const ranked = (histories: Histories, by: ScoreName, seed: number): ReadonlyArray<Ranked> => {
  const scores = scoresOf(by, histories, seed)
  return histories
    .map(({ history, index, label }, i) => ({
      ...spreadOf(history),
      index,
      score: scores[i],
      label: label ?? null,
      visits: history.length
    }))
    .sort((a, b) => b.score - a.score)
    .map((example, i) => ({ rank: i + 1, ...example }))
}

export class RankOutOfRange extends Schema.TaggedError<RankOutOfRange>()("RankOutOfRange", {
  rank: Schema.Finite,
  examples: Schema.Int
}) {
  override get message(): string {
    return `there is no example of rank ${this.rank}: the ranking goes from 1 to ${this.examples}`
  }
}

/** The index of the example of a rank, from 1 on. Fails with RankOutOfRange. */
export const rankedIndex = (ranking: ReadonlyArray<Ranked>, rank: number): Effect.Effect<string, RankOutOfRange> => {
  const found = ranking.find((each) => each.rank === rank)
  return found === undefined
    ? Effect.fail(new RankOutOfRange({ rank, examples: ranking.length }))
    : Effect.succeed(found.index)
}

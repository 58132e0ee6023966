/**
 * `onefold score`: log-probs and entropies of given tokens, line by line, with no tokenizer.
 *
 * Lines are read some thousands of tokens at a time, those of like length scored together, and told in their own order.
 */
import { Effect, Schema } from "effect"
import type { Sha256 } from "../../learning/artifacts.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { shortestOf } from "./float32-text.ts"
import { InputUnusable, unusableTokens } from "./input-unusable.ts"
import { forEachLine, writeLines } from "./json-lines.ts"
import { findModel, withModel } from "./model.ts"
import { checkBetween } from "./ranges.ts"

/** Threads, and so batches under way at once. */
const workers = 2
/** Tokens, padding included, that are scored in one call. */
const batchTokens = 4096
/** Tokens that are held before they are sorted and scored. */
const heldTokens = 8 * batchTokens

const Row = Schema.Struct({ tokens: Schema.Array(Schema.Int) })

interface Scores {
  readonly logProbs: ReadonlyArray<number>
  readonly entropies: ReadonlyArray<number>
}

/**
 * Rows in batches, as places in the given order: the longest first, so that those of one batch need little padding.
 */
export const batchesOf = (lengths: ReadonlyArray<number>, most: number): ReadonlyArray<ReadonlyArray<number>> => {
  const ranked = lengths.map((_, row) => row).sort((a, b) => lengths[b] - lengths[a] || a - b)
  const batches: Array<Array<number>> = []
  let room = 0
  for (const row of ranked) {
    const longest = lengths[batches.at(-1)?.[0] ?? row]
    if (batches.length === 0 || room < longest) {
      batches.push([])
      room = Math.max(most, lengths[row])
    }
    batches[batches.length - 1].push(row)
    room -= lengths[batches[batches.length - 1][0]]
  }
  return batches
}

/**
 * All but the first token, and a token 0 beyond: the entropy after the last token is that of one more prediction, which
 * some token must stand for. Its log-prob is dropped.
 */
const responseTo = (tokens: Int32Array): Int32Array => {
  const response = new Int32Array(tokens.length)
  response.set(tokens.subarray(1))
  return response
}

/** Scores of rows, in one call: of the tokens after the first, and the entropy after each. */
export const scoreBatch = Effect.fn("score.batch")(function* (
  rows: ReadonlyArray<Int32Array>,
  weights: Sha256,
  temperature: number
) {
  const engine = yield* PolicyEngine
  const prompts = rows.map((tokens) => tokens.subarray(0, 1))
  const responses = rows.map((tokens) => [responseTo(tokens)])
  const { entropies, logProbs } = yield* engine.score(weights, { prompts, responses }, temperature)
  let from = 0
  return rows.map(({ length }): Scores => {
    const place = from
    from += length
    return {
      logProbs: shortestOf(logProbs.subarray(place, from - 1)),
      entropies: shortestOf(entropies.subarray(place, from))
    }
  })
})

const scoreAll = Effect.fn("score.all")(function* (
  rows: ReadonlyArray<Int32Array>,
  weights: Sha256,
  temperature: number
) {
  const scores: Array<Scores> = []
  const batches = batchesOf(
    rows.map(({ length }) => length),
    batchTokens
  )
  const scoreOne = (batch: ReadonlyArray<number>) =>
    Effect.map(
      scoreBatch(
        batch.map((row) => rows[row]),
        weights,
        temperature
      ),
      (found) => {
        for (const [i, row] of batch.entries()) scores[row] = found[i]
      }
    )
  yield* Effect.forEach(batches, scoreOne, { concurrency: workers, discard: true })
  yield* writeLines(scores)
})

export const score = Effect.fn("score")(function* (options: { readonly model: string; readonly temperature: number }) {
  const { temperature } = options
  yield* checkBetween("--temperature", temperature, 1e-6, 1e6)
  const model = yield* findModel(options.model)
  yield* withModel(model, { workers }, ({ weights }) =>
    Effect.gen(function* () {
      let held: Array<Int32Array> = []
      let tokens = 0
      const scoreHeld = Effect.suspend(() => {
        const rows = held
        held = []
        tokens = 0
        return rows.length === 0 ? Effect.void : scoreAll(rows, weights, temperature)
      })
      yield* forEachLine(
        Row,
        Effect.fnUntraced(function* ({ place, value }) {
          const problem = unusableTokens(value.tokens, model.config)
          if (problem !== null) return yield* new InputUnusable({ place, reason: problem })
          held.push(Int32Array.from(value.tokens))
          tokens += value.tokens.length
          if (tokens >= heldTokens) yield* scoreHeld
        })
      )
      yield* scoreHeld
    })
  )
})

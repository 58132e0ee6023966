/**
 * Log-probs, entropies and final logits of given sequences.
 */
import { Effect } from "effect"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import type { LoadedModel } from "../../cli/model.ts"
import { scoreBatch } from "../../cli/score.ts"
import { type Cases, tolerances } from "./cases.ts"
import { near } from "./check.ts"

const scored = (sequences: ReadonlyArray<{ readonly ids: ReadonlyArray<number> }>, { weights }: LoadedModel) => {
  const rows = sequences.map(({ ids }) => Int32Array.from(ids))
  return (temperature: number) => scoreBatch(rows, weights, temperature)
}

/** Every sequence, at temperatures 1 and 0.6, all of them in one batch. */
export const checkSequences = Effect.fn("golden.sequences")(function* (
  name: string,
  { sequences }: Cases,
  loaded: LoadedModel
) {
  const at = scored(sequences, loaded)
  const [warm, cold] = [yield* at(1), yield* at(0.6)]
  return sequences.flatMap((expected, i) => {
    const of = (field: string, actual: ReadonlyArray<number>, values: ReadonlyArray<number>) =>
      near(`${name} sequences[${i}].${field}`, actual, values, tolerances.logProb)
    return [
      of("logprobs_t1", warm[i].logProbs, expected.logprobs_t1),
      of("entropy_t1", warm[i].entropies, expected.entropy_t1),
      of("logprobs_t06", cold[i].logProbs, expected.logprobs_t06),
      of("entropy_t06", cold[i].entropies, expected.entropy_t06)
    ]
  })
})

export const checkLong = Effect.fn("golden.long")(function* (name: string, { long }: Cases, loaded: LoadedModel) {
  const at = scored([long], loaded)
  const [[warm], [cold]] = [yield* at(1), yield* at(0.6)]
  const of = (field: string, actual: ReadonlyArray<number>, values: ReadonlyArray<number>) =>
    near(`${name} long.${field}`, actual.slice(-values.length), values, tolerances.long)
  return [
    of("logprobs_t1_last32", warm.logProbs, long.logprobs_t1_last32),
    of("logprobs_t06_last32", cold.logProbs, long.logprobs_t06_last32),
    of("entropy_t1_last32", warm.entropies, long.entropy_t1_last32)
  ]
})

/** Tokens whose logits are compared, at most. */
const candidates = 1024

const logSoftmax = (logits: ReadonlyArray<number>): ReadonlyArray<number> => {
  const top = logits.reduce((most, logit) => Math.max(most, logit), Number.NEGATIVE_INFINITY)
  const normaliser = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0))
  return logits.map((logit) => logit - normaliser)
}

/**
 * The logits after a sequence, up to what all of them have in common: the engine tells log-probs, in which that cancels,
 * so both sides are compared as log-probs. All tokens of a small vocabulary, evenly spaced ones of a large.
 */
export const checkFinalLogits = Effect.fn("golden.finalLogits")(function* (
  name: string,
  { final_logits, sequences }: Cases,
  { weights }: LoadedModel
) {
  const { logits, sequence_index } = final_logits
  const stride = Math.ceil(logits.length / candidates)
  const ids = logits.map((_, id) => id).filter((id) => id % stride === 0)
  const engine = yield* PolicyEngine
  const prompts = [Int32Array.from(sequences[sequence_index].ids)]
  const { logProbs } = yield* engine.score(weights, { prompts, responses: [ids.map((id) => Int32Array.of(id))] }, 1)
  const expected = logSoftmax(logits)
  return [
    near(
      `${name} final_logits`,
      logProbs,
      ids.map((id) => expected[id]),
      tolerances.logProb
    )
  ]
})

/**
 * One answer as it grows: its tokens so far, and when it ends.
 */
import { hashOf, uniformAt } from "../../random/uniform-at.ts"
import { EngineError } from "../engine-error.ts"
import type { Generated, GenerateRequest, PromptRequest } from "../requests.ts"
import type { Drawn } from "./sample.ts"

export interface Rollout {
  readonly promptId: string
  readonly promptHash: number
  readonly sampleIndex: number
  /** New tokens at most. */
  readonly maxTokens: number
  readonly tokens: Array<number>
  readonly logProbs: Array<number>
  readonly entropies: Array<number>
  stop: Generated["stop"] | null
}

export const rolloutsOf = (
  { firstSample, maxTokens = Number.POSITIVE_INFINITY, promptId, samples }: PromptRequest,
  request: Pick<GenerateRequest, "maxTokens">
): ReadonlyArray<Rollout> =>
  Array.from({ length: samples }, (_, s) => ({
    promptId,
    promptHash: hashOf(promptId),
    sampleIndex: firstSample + s,
    maxTokens: Math.min(maxTokens, request.maxTokens),
    tokens: [],
    logProbs: [],
    entropies: [],
    stop: null
  }))

/** Where in the cumulative distribution the next token of a rollout lies. */
export const uniformOf = (
  { seed, step, stream }: GenerateRequest,
  { promptHash, sampleIndex, tokens }: Rollout
): number => uniformAt(seed, { stream, step, prompt: promptHash, sample: sampleIndex, position: tokens.length })

export interface Ending {
  /** Tokens that may not be drawn yet. */
  readonly banned: (rollout: Rollout) => ReadonlyArray<number>
  /** Notes a drawn token, and whether the rollout ends with it. Throws EngineError (not-finite). */
  readonly take: (rollout: Rollout, drawn: Drawn) => void
}

const none: ReadonlyArray<number> = []

/**
 * @param eosIds the policy's own ends of sequence
 * @param textOf the text of response tokens; needed where the request names stop texts
 */
export const endingOf = (
  request: GenerateRequest,
  eosIds: ReadonlyArray<number>,
  textOf: ((tokens: ReadonlyArray<number>) => string) | null
): Ending => {
  const { minTokens = 0, stopStrings = [], stopTokens = [] } = request
  const eos = new Set(eosIds)
  const stops = new Set(stopTokens)
  const ends = [...eos, ...stops]
  const encoder = new TextEncoder()
  // A token writes at least one byte, but for ids that the tokenizer has no name for: twice as many are looked at.
  const window = 8 + 2 * Math.max(0, ...stopStrings.map((text) => encoder.encode(text).length))
  const stopsByText = (tokens: ReadonlyArray<number>): boolean => {
    if (stopStrings.length === 0 || textOf === null) return false
    const text = textOf(tokens.slice(-window))
    return stopStrings.some((stop) => text.includes(stop))
  }
  return {
    banned: ({ tokens }) => (tokens.length < minTokens ? ends : none),
    take: (rollout, { entropy, logProb, token }) => {
      const { entropies, logProbs, promptId, sampleIndex, tokens } = rollout
      if (!Number.isFinite(logProb) && Number.isFinite(entropy) && tokens.length < minTokens) {
        const place = `${promptId}/${sampleIndex} at token ${tokens.length}`
        const detail = `nothing but an end has a probability in ${place}; ask for fewer minTokens or more temperature`
        throw new EngineError({ operation: "generate", reason: "bad-input", detail })
      }
      if (!Number.isFinite(logProb)) {
        const detail = `the logits of ${promptId}/${sampleIndex} at token ${tokens.length} are not finite`
        throw new EngineError({ operation: "generate", reason: "not-finite", detail })
      }
      tokens.push(token)
      logProbs.push(logProb)
      entropies.push(entropy)
      if (eos.has(token)) rollout.stop = "eos"
      else if (stops.has(token) || (tokens.length >= minTokens && stopsByText(tokens))) rollout.stop = "stop"
      else if (tokens.length === rollout.maxTokens) rollout.stop = "length"
    }
  }
}

export const generatedOf = ({ entropies, logProbs, promptId, sampleIndex, stop, tokens }: Rollout): Generated => ({
  promptId,
  sampleIndex,
  tokens: Int32Array.from(tokens),
  logProbs: Float32Array.from(logProbs),
  entropies: Float32Array.from(entropies),
  stop: stop ?? "length"
})

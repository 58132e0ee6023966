/**
 * How many sequences may grow at once for their keys and values to fit into memory.
 *
 * A sequence's slot takes 2 sides (key and value) × layers × key/value heads × head size × positions × 4 bytes, with a
 * position for each token of the prompt and of the longest answer. Long prompts, which samples share, take less.
 */
import type { PolicyConfig } from "../config.ts"

/** What the sequences of a cohort need. */
export interface CohortSize {
  /** Tokens of the longest prompt. */
  readonly columns: number
  /** New tokens at most. */
  readonly maxTokens: number
  /** Prompts times samples. */
  readonly sequences: number
}

type Shape = Pick<PolicyConfig, "headSize" | "keyValueHeads" | "layers">

/** Bytes of a sequence's keys and values at their longest. */
export const slotBytes = (
  { headSize, keyValueHeads, layers }: Shape,
  { columns, maxTokens }: Pick<CohortSize, "columns" | "maxTokens">
): number => 2 * layers * keyValueHeads * headSize * (columns + maxTokens) * 4

/**
 * Slots that fit into so many bytes: from 1, without which nothing can be sampled, to one for each sequence.
 *
 * @param cacheBytes for keys and values, nothing else
 */
export const slotCount = (shape: Shape, size: CohortSize, cacheBytes: number): number =>
  Math.max(1, Math.min(size.sequences, Math.floor(cacheBytes / slotBytes(shape, size))))

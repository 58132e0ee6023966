/**
 * What a position may not see, as numbers added to scores: 0 where it may, a large negative one where it may not.
 */
import type { PolicyConfig } from "../config.ts"
import type { Ops } from "../tensors/ops.ts"
import type { Sight } from "./attention.ts"
import type { PackedBatch } from "./batch.ts"

/** Far below any score, yet finite: a padded column that may see nothing gets a harmless mean instead of a NaN. */
export const hidden = -1e9

/** Hides the future among `positions` after `before` columns that are all in the past: [positions, before + positions]. */
const causal = (positions: number, before: number): Float32Array => {
  const width = before + positions
  const mask = new Float32Array(positions * width)
  for (let t = 0; t < positions; t++) mask.fill(hidden, t * width + before + t + 1, (t + 1) * width)
  return mask
}

/** The same for each prompt, its padding hidden too: [prompts, 1, positions, width]. */
const withPadding = (past: Float32Array, positions: number, padding: ReadonlyArray<number>): Float32Array => {
  const width = past.length / positions
  const mask = new Float32Array(padding.length * past.length)
  padding.forEach((count, p) => {
    mask.set(past, p * past.length)
    for (let t = 0; t < positions; t++) {
      const row = p * past.length + t * width
      mask.fill(hidden, row, row + count)
    }
  })
  return mask
}

/** What each block of a batch sees, the prompts' first. The caller frees it. */
export const sightsOf = (ops: Ops, config: PolicyConfig, batch: PackedBatch): ReadonlyArray<Sight> => {
  const { padding, promptBlock, responseBlocks } = batch
  const isPadded = padding.some((count) => count > 0)
  const maskOf = (positions: number, before: number) => {
    const past = causal(positions, before)
    return isPadded
      ? ops.floats(withPadding(past, positions, padding), [padding.length, 1, positions, before + positions])
      : ops.floats(past, [positions, before + positions])
  }
  const promptOf = (samples: number) =>
    ops.indices(
      Int32Array.from({ length: config.keyValueHeads * padding.length * samples }, (_, i) => Math.floor(i / samples))
    )
  return [
    { mask: maskOf(promptBlock.positions, 0), promptOf: null },
    ...responseBlocks.map(({ positions, samples }) => ({
      mask: maskOf(positions, promptBlock.positions),
      promptOf: promptOf(samples)
    }))
  ]
}

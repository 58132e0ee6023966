/**
 * What a position may not see, as numbers added to scores: 0 where it may, a large negative one where it may not.
 */
import type { PackedBatch } from "./batch.ts"
import type { Ops, Tensor } from "./ops.ts"

/** Far below any score, yet finite: a padded row that may see nothing gets a harmless mean instead of a NaN. */
export const hidden = -1e9

export type Masks = {
  /** For the prompts' own scores [keyValueHeads, prompts, group, columns, columns]: the past only, and no padding. */
  readonly prompt: Tensor
  /** For scores [keyValueHeads, prompts, …, columns] of responses against prompts: no padding; null where there is none. */
  readonly padding: Tensor | null
  /** For each response block's own scores […, positions, positions]: the past only. */
  readonly responses: ReadonlyArray<Tensor>
}

const causal = (positions: number): Float32Array => {
  const mask = new Float32Array(positions * positions)
  for (let t = 0; t < positions; t++) mask.fill(hidden, t * positions + t + 1, (t + 1) * positions)
  return mask
}

/** The caller frees them. */
export const masksFor = (ops: Ops, { padding, promptBlock, responseBlocks }: PackedBatch): Masks => {
  const columns = promptBlock.positions
  const prompts = padding.length
  const prompt = new Float32Array(prompts * columns * columns)
  const before = new Float32Array(prompts * columns)
  const past = causal(columns)
  padding.forEach((count, p) => {
    prompt.set(past, p * past.length)
    before.fill(hidden, p * columns, p * columns + count)
    for (let t = 0; t < columns; t++)
      prompt.fill(hidden, p * past.length + t * columns, p * past.length + t * columns + count)
  })
  return {
    prompt: ops.floats(prompt, [prompts, 1, columns, columns]),
    padding: padding.some((count) => count > 0) ? ops.floats(before, [prompts, 1, columns]) : null,
    responses: responseBlocks.map(({ positions }) => ops.floats(causal(positions), [positions, positions]))
  }
}

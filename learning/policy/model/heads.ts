/**
 * Between columns and heads: a block's columns lie sequence after sequence, attention wants each head's sequence by itself.
 *
 *   columns  [heads * size, sequences * positions]       sequences = prompts * samples
 *   heads    [keyValueHeads * sequences, size, group * positions]
 *
 * A group is the query heads that share a key and value head; keys and values themselves have groups of one.
 */
import type { Ops, Tensor } from "../tensors/ops.ts"
import type { Block } from "./batch.ts"

export type HeadShape = {
  readonly keyValueHeads: number
  readonly group: number
  readonly size: number
}

/** @param columns the block's own, in any shape with axes in this order */
export const toHeads = (
  ops: Ops,
  { positions, prompts, samples }: Block,
  { group, keyValueHeads, size }: HeadShape,
  columns: Tensor
): Tensor =>
  ops.scope(() => {
    const sequences = prompts * samples
    const heads =
      group === 1
        ? ops.transpose(ops.reshape(columns, [keyValueHeads, size, sequences, positions]), [0, 2, 1, 3])
        : ops.transpose(ops.reshape(columns, [keyValueHeads, group, size, sequences, positions]), [0, 3, 2, 1, 4])
    return ops.reshape(heads, [keyValueHeads * sequences, size, group * positions])
  })

/** The way back: [heads * size, columns]. */
export const toColumns = (
  ops: Ops,
  { positions, prompts, samples }: Block,
  { group, keyValueHeads, size }: HeadShape,
  heads: Tensor
): Tensor =>
  ops.scope(() => {
    const sequences = prompts * samples
    const columns =
      group === 1
        ? ops.transpose(ops.reshape(heads, [keyValueHeads, sequences, size, positions]), [0, 2, 1, 3])
        : ops.transpose(ops.reshape(heads, [keyValueHeads, sequences, size, group, positions]), [0, 3, 2, 1, 4])
    return ops.reshape(columns, [keyValueHeads * group * size, sequences * positions])
  })

/**
 * Between rows and heads: rows lie position after position, attention wants each head's sequence in one piece.
 *
 *   rows   [positions * sequences, heads * size]       sequences = prompts * samples
 *   heads  [keyValueHeads * sequences, group * positions, size]
 *
 * A group is the query heads that share a key and value head; keys and values themselves have groups of one.
 */
import type { Block } from "./batch.ts"
import type { Ops, Tensor } from "./ops.ts"

export interface HeadShape {
  readonly keyValueHeads: number
  readonly group: number
  readonly size: number
}

const sequencesOf = ({ prompts, samples }: Block): number => prompts * samples

/** @param rotations [positions, size, size], or null for values, which are not rotated */
export const toHeads = (
  ops: Ops,
  block: Block,
  { group, keyValueHeads, size }: HeadShape,
  rows: Tensor,
  rotations: Tensor | null
): Tensor =>
  ops.scope(() => {
    const { positions } = block
    const sequences = sequencesOf(block)
    const turned =
      rotations === null
        ? rows
        : ops.matMul(ops.reshape(rows, [positions, sequences * keyValueHeads * group, size]), rotations, "nn")
    const heads =
      group === 1
        ? ops.transpose(ops.reshape(turned, [positions, sequences, keyValueHeads, size]), [2, 1, 0, 3])
        : ops.transpose(ops.reshape(turned, [positions, sequences, keyValueHeads, group, size]), [2, 1, 3, 0, 4])
    return ops.reshape(heads, [keyValueHeads * sequences, group * positions, size])
  })

/** The way back; for a gradient, with the rotations it was turned by. */
export const toRows = (
  ops: Ops,
  block: Block,
  { group, keyValueHeads, size }: HeadShape,
  heads: Tensor,
  rotations: Tensor | null
): Tensor =>
  ops.scope(() => {
    const { positions } = block
    const sequences = sequencesOf(block)
    const rows =
      group === 1
        ? ops.transpose(ops.reshape(heads, [keyValueHeads, sequences, positions, size]), [2, 1, 0, 3])
        : ops.transpose(ops.reshape(heads, [keyValueHeads, sequences, group, positions, size]), [3, 1, 0, 2, 4])
    const turned =
      rotations === null
        ? rows
        : ops.matMul(ops.reshape(rows, [positions, sequences * keyValueHeads * group, size]), rotations, "nt")
    return ops.reshape(turned, [positions * sequences, keyValueHeads * group * size])
  })

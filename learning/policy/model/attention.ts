/**
 * Attention within one block of columns, forward and backward.
 *
 * A prompt sees its own past; a response sees its prompt and its own past: the prompt's keys, which were computed once,
 * stand before the response's own, and one product and one softmax span both.
 */
import type { Ops, Tensor } from "../tensors/ops.ts"
import type { Block } from "./batch.ts"
import type { HeadShape } from "./heads.ts"

/** Heads of a block: queries [kv * sequences, size, group * positions], keys and values [kv * sequences, size, positions]. */
export type BlockHeads = {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
}

/** Keys and values of the prompts, [kv * prompts, size, columns] each. */
export type PromptHeads = {
  readonly key: Tensor
  readonly value: Tensor
}

/** What the backward pass needs; `seen` is what a query may see: the prompt's columns, if any, and the block's own. */
export type AttentionSaved = {
  readonly query: Tensor
  /** [kv * sequences, size, seen] */
  readonly key: Tensor
  readonly value: Tensor
  /** [kv * sequences, group * positions, seen] */
  readonly probabilities: Tensor
}

export type Attended = {
  /** [kv * sequences, size, group * positions] */
  readonly out: Tensor
  readonly saved: AttentionSaved
}

/** What a block sees beside itself, and what it does not see. */
export type Sight = {
  /** [positions, seen], or [prompts, 1, positions, seen] where prompts are padded. */
  readonly mask: Tensor
  /** Null in the prompts' own block: [kv * sequences] the prompt's place among heads. */
  readonly promptOf: Tensor | null
}

const masked = (ops: Ops, block: Block, { group, keyValueHeads }: HeadShape, scores: Tensor, mask: Tensor): Tensor => {
  const { positions, prompts, samples } = block
  const seen = scores.shape[2]
  const shape =
    mask.shape.length === 2
      ? [keyValueHeads * prompts * samples * group, positions, seen]
      : [keyValueHeads, prompts, samples * group, positions, seen]
  return ops.reshape(ops.add(ops.reshape(scores, shape), mask), scores.shape)
}

export const attend = (
  ops: Ops,
  block: Block,
  shape: HeadShape,
  heads: BlockHeads,
  prompt: PromptHeads,
  { mask, promptOf }: Sight
): Attended =>
  ops.scope(() => {
    const withPrompt = (own: Tensor, shared: Tensor) =>
      promptOf === null ? own : ops.concat([ops.gather(shared, promptOf), own], 2)
    const key = withPrompt(heads.key, prompt.key)
    const value = withPrompt(heads.value, prompt.value)
    const scores = masked(ops, block, shape, ops.matMul(heads.query, key, "tn"), mask)
    const probabilities = ops.softmax(scores)
    return { out: ops.matMul(value, probabilities, "nt"), saved: { query: heads.query, key, value, probabilities } }
  })

/** Gradients of a block's heads, and what it adds to those of the prompts' keys and values. */
export type AttentionGradient = {
  readonly own: BlockHeads
  readonly prompt: PromptHeads | null
}

/**
 * With probabilities P and dP = dOut^T V: dV = dOut P, dScores = P dP - P sum(P dP), dQ = K dScores^T, dK = Q dScores.
 *
 * The sum is taken of the very products it is subtracted from, so that a row of dScores adds up to nothing but their
 * rounding; the gradient of a key's bias is all cancellation.
 */
export const attendBackward = (
  ops: Ops,
  { positions, prompts, samples }: Block,
  { keyValueHeads, size }: HeadShape,
  { key, probabilities, query, value }: AttentionSaved,
  dOut: Tensor
): AttentionGradient =>
  ops.scope(() => {
    const seen = probabilities.shape[2]
    const weighted = ops.mul(probabilities, ops.matMul(dOut, value, "tn"))
    const dScores = ops.sub(weighted, ops.mul(probabilities, ops.sum(weighted, 2)))
    const dQuery = ops.matMul(key, dScores, "nt")
    const dKey = ops.matMul(query, dScores, "nn")
    const dValue = ops.matMul(dOut, probabilities, "nn")
    const columns = seen - positions
    if (columns === 0) return { own: { query: dQuery, key: dKey, value: dValue }, prompt: null }
    /** The gradient of a prompt's part is summed over its samples. */
    const parts = (d: Tensor) => {
      const [shared, own] = ops.split(d, [columns, positions], 2)
      const each = ops.reshape(shared, [keyValueHeads * prompts, samples, size * columns])
      return { own, shared: ops.reshape(ops.sum(each, 1), [keyValueHeads * prompts, size, columns]) }
    }
    const keys = parts(dKey)
    const values = parts(dValue)
    return {
      own: { query: dQuery, key: keys.own, value: values.own },
      prompt: { key: keys.shared, value: values.shared }
    }
  })

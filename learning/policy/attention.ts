/**
 * Attention within one block of rows, forward and backward.
 *
 * A prompt sees its own past. A response sees its prompt and its own past: scores against the prompt's keys are one
 * product for all samples of a prompt, scores against its own keys one product a sample, and one softmax spans both.
 * Queries come scaled by 1 / sqrt(size), which is folded into their matrix (weights.ts).
 */
import type { Block } from "./batch.ts"
import type { HeadShape } from "./heads.ts"
import type { Ops, Tensor } from "./ops.ts"

/** Heads of a block: queries [kv * sequences, group * positions, size], keys and values [kv * sequences, positions, size]. */
export type BlockHeads = {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
}

/** Keys and values of the prompts: [kv * prompts, columns, size]. */
export type PromptHeads = {
  readonly key: Tensor
  readonly value: Tensor
}

/** Probabilities over the prompt's columns and over the block's own positions, and what they weighted out. */
export type Attended = {
  /** [kv * prompts, samples * group * positions, columns]; null in the prompt block. */
  readonly onPrompt: Tensor | null
  /** [kv * sequences, group * positions, positions] */
  readonly onOwn: Tensor
  /** [kv * sequences, group * positions, size] */
  readonly out: Tensor
}

export interface Dimensions extends HeadShape {
  /** Columns of the padded prompts. */
  readonly columns: number
}

/** Shapes of a block by name: joined means one row for each query. */
const shapesOf = ({ positions, prompts, samples }: Block, { columns, group, keyValueHeads, size }: Dimensions) => {
  const sequences = keyValueHeads * prompts * samples
  const queries = group * positions
  return {
    own: [sequences, queries, positions],
    out: [sequences, queries, size],
    eachHead: [sequences * group, positions, positions],
    ownPrompts: [keyValueHeads, prompts, group, positions, positions],
    byPrompt: [keyValueHeads * prompts, samples * queries, size],
    onPrompt: [keyValueHeads * prompts, samples * queries, columns],
    eachPrompt: [keyValueHeads, prompts, samples * queries, columns],
    joined: [sequences, queries, columns]
  }
}

/** @param mask [prompts, 1, columns, columns] */
export const attendPrompts = (
  ops: Ops,
  block: Block,
  dimensions: Dimensions,
  heads: BlockHeads,
  mask: Tensor
): Attended =>
  ops.scope(() => {
    const shapes = shapesOf(block, dimensions)
    const scores = ops.reshape(ops.matMul(heads.query, heads.key, "nt"), shapes.ownPrompts)
    const onOwn = ops.softmax(ops.reshape(ops.add(scores, mask), shapes.own))
    return { onPrompt: null, onOwn, out: ops.matMul(onOwn, heads.value, "nn") }
  })

/**
 * @param mask [positions, positions]
 * @param padding [prompts, 1, columns], or null where no prompt is padded
 */
export const attendResponses = (
  ops: Ops,
  block: Block,
  dimensions: Dimensions,
  heads: BlockHeads,
  prompt: PromptHeads,
  { mask, padding }: { readonly mask: Tensor; readonly padding: Tensor | null }
): Attended =>
  ops.scope(() => {
    const shapes = shapesOf(block, dimensions)
    const query = ops.reshape(heads.query, shapes.byPrompt)
    const promptScores = ops.matMul(query, prompt.key, "nt")
    const seen = padding === null ? promptScores : ops.add(ops.reshape(promptScores, shapes.eachPrompt), padding)
    const ownScores = ops.reshape(ops.matMul(heads.query, heads.key, "nt"), shapes.eachHead)
    const own = ops.reshape(ops.add(ownScores, mask), shapes.own)
    const probabilities = ops.softmax(ops.concat([ops.reshape(seen, shapes.joined), own], 2))
    const [first, onOwn] = ops.split(probabilities, [dimensions.columns, block.positions], 2)
    const onPrompt = ops.reshape(first, shapes.onPrompt)
    const fromPrompt = ops.reshape(ops.matMul(onPrompt, prompt.value, "nn"), shapes.out)
    return { onPrompt, onOwn, out: ops.add(fromPrompt, ops.matMul(onOwn, heads.value, "nn")) }
  })

/** Gradients of a block's heads, and what it adds to those of the prompts' keys and values. */
export type AttentionGradient = {
  readonly own: BlockHeads
  readonly prompt: PromptHeads | null
}

/**
 * With probabilities P and dP = dOut V^T: dV = P^T dOut, dScores = P (dP - sum(dOut out)), dQ = dScores K,
 * dK = dScores^T Q.
 */
export const attendBackward = (
  ops: Ops,
  block: Block,
  dimensions: Dimensions,
  heads: BlockHeads,
  prompt: PromptHeads,
  attended: Attended,
  dOut: Tensor
): AttentionGradient =>
  ops.scope(() => {
    const shapes = shapesOf(block, dimensions)
    const total = ops.sumLast(ops.mul(dOut, attended.out))
    const dScores = (probabilities: Tensor, value: Tensor, d: Tensor, sum: Tensor) =>
      ops.mul(probabilities, ops.sub(ops.matMul(d, value, "nt"), sum))
    const dOwn = dScores(attended.onOwn, heads.value, dOut, total)
    const own = {
      query: ops.matMul(dOwn, heads.key, "nn"),
      key: ops.matMul(dOwn, heads.query, "tn"),
      value: ops.matMul(attended.onOwn, dOut, "tn")
    }
    if (attended.onPrompt === null) return { own, prompt: null }
    const d = ops.reshape(dOut, shapes.byPrompt)
    const sum = ops.reshape(total, [shapes.byPrompt[0], shapes.byPrompt[1], 1])
    const dPrompt = dScores(attended.onPrompt, prompt.value, d, sum)
    const dQuery = ops.reshape(ops.matMul(dPrompt, prompt.key, "nn"), shapes.out)
    return {
      own: { ...own, query: ops.add(own.query, dQuery) },
      prompt: {
        key: ops.matMul(dPrompt, ops.reshape(heads.query, shapes.byPrompt), "tn"),
        value: ops.matMul(attended.onPrompt, d, "tn")
      }
    }
  })

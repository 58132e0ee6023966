/**
 * One step of generation: a token for every sample in, logits for the next one out.
 *
 * Rows are a grid of prompts and samples. The keys and values of long prompts exist once for all their samples; short
 * ones are copied to the start of every sample's cache, which saves the operations that join the two. Caches are written
 * in place and projections come out heads first, so nothing is transposed before attention: few operations, because at
 * this size their number is what a step costs.
 */
import type { PromptHeads } from "./attention.ts"
import type { Device } from "./decoder.ts"
import type { Ops, Tensor } from "./ops.ts"
import { rmsNorm } from "./rms-norm.ts"
import type { LayerWeights, PolicyWeights } from "./weights.ts"

/** Keys or values of every sample, heads first, with room for `capacity` positions each. */
export type CacheSide = {
  /** [kv * prompts * samples * capacity, size] */
  readonly rows: Tensor
  /** The same memory as [kv * prompts * samples, capacity, size]. */
  readonly heads: Tensor
}

export type LayerCache = {
  /** Null where prompts are copied. */
  readonly prompt: PromptHeads | null
  readonly key: CacheSide
  readonly value: CacheSide
}

export interface Grid {
  readonly prompts: number
  readonly samples: number
  /** Columns of the padded prompts. */
  readonly columns: number
  /** Whether prompts are copied to the start of the caches. */
  readonly isCopied: boolean
  /** Positions that the caches have room for, copied prompts included. */
  readonly capacity: number
}

/** Inputs of a step that all layers share. */
export interface StepInputs {
  /** [prompts * samples] token ids. */
  readonly tokens: Tensor
  /** [size, size] of the position the tokens stand at. */
  readonly rotation: Tensor
  /** [kv * prompts * samples] rows of the cache to write. */
  readonly places: Tensor
  /** 0 where a cache column may be seen, a large negative number where not: [capacity], or [prompts, 1, capacity]. */
  readonly mask: Tensor
  /** The same for prompts that are not copied: [prompts, 1, columns], or null where none of them is padded. */
  readonly padding: Tensor | null
}

/** Queries [kv * rows, group, size] of the new tokens, their keys and values having gone into the cache. */
const projectInto = (
  device: Device,
  weights: LayerWeights,
  grid: Grid,
  inputs: StepInputs,
  cache: LayerCache,
  h: Tensor
): Tensor => {
  const { config, ops } = device
  const { headSize, heads, hiddenSize, keyValueHeads } = config
  const rows = grid.prompts * grid.samples
  const group = heads / keyValueHeads
  const all = ops.matMul(ops.reshape(h, [1, rows, hiddenSize]), weights.projectionHeads, "nt")
  const biased = weights.biases === null ? all : ops.add(all, weights.biases.heads)
  const flat = ops.reshape(biased, [(heads + 2 * keyValueHeads) * rows, headSize])
  const turned = ops.matMul(ops.slice(flat, 0, (heads + keyValueHeads) * rows), inputs.rotation, "nn")
  ops.writeRows(cache.key.rows, inputs.places, ops.slice(turned, heads * rows, keyValueHeads * rows))
  ops.writeRows(cache.value.rows, inputs.places, ops.slice(flat, (heads + keyValueHeads) * rows, keyValueHeads * rows))
  const query = ops.slice(turned, 0, heads * rows)
  if (group === 1) return ops.reshape(query, [keyValueHeads * rows, 1, headSize])
  const byGroup = ops.transpose(ops.reshape(query, [keyValueHeads, group, rows, headSize]), [0, 2, 1, 3])
  return ops.reshape(byGroup, [keyValueHeads * rows, group, headSize])
}

/** [kv * rows, group, columns] */
const masked = ({ config, ops }: Device, { prompts }: Grid, scores: Tensor, mask: Tensor): Tensor => {
  if (mask.shape.length === 1) return ops.add(scores, mask)
  const [sequences, group, columns] = scores.shape
  const { keyValueHeads } = config
  const sharing = (sequences * group) / (keyValueHeads * prompts)
  return ops.reshape(ops.add(ops.reshape(scores, [keyValueHeads, prompts, sharing, columns]), mask), scores.shape)
}

/** What queries get from their prompts, which all samples share, and from their own caches: [kv * rows, group, size]. */
const attendBoth = (
  device: Device,
  grid: Grid,
  inputs: StepInputs,
  cache: LayerCache,
  prompt: PromptHeads,
  query: Tensor
): Tensor => {
  const { config, ops } = device
  const { capacity, columns, prompts } = grid
  const [sequences, group, size] = query.shape
  const together = config.keyValueHeads * prompts
  const sharing = (sequences * group) / together
  const onPrompts = ops.matMul(ops.reshape(query, [together, sharing, size]), prompt.key, "nt")
  const seen = ops.reshape(onPrompts, [sequences, group, columns])
  const joined = ops.concat(
    [
      inputs.padding === null ? seen : masked(device, grid, seen, inputs.padding),
      masked(device, grid, ops.matMul(query, cache.key.heads, "nt"), inputs.mask)
    ],
    2
  )
  const [first, second] = ops.split(ops.softmax(joined), [columns, capacity], 2)
  const fromPrompts = ops.matMul(ops.reshape(first, [together, sharing, columns]), prompt.value, "nn")
  return ops.add(ops.reshape(fromPrompts, query.shape), ops.matMul(second, cache.value.heads, "nn"))
}

/** [rows, heads * size] */
const attendStep = (device: Device, grid: Grid, inputs: StepInputs, cache: LayerCache, query: Tensor): Tensor => {
  const { config, ops } = device
  const { headSize, heads, keyValueHeads } = config
  const attendOwn = () => {
    const scores = masked(device, grid, ops.matMul(query, cache.key.heads, "nt"), inputs.mask)
    return ops.matMul(ops.softmax(scores), cache.value.heads, "nn")
  }
  const out = cache.prompt === null ? attendOwn() : attendBoth(device, grid, inputs, cache, cache.prompt, query)
  const rows = grid.prompts * grid.samples
  const byRow = ops.transpose(ops.reshape(out, [keyValueHeads, rows, (heads / keyValueHeads) * headSize]), [1, 0, 2])
  return ops.reshape(byRow, [rows, heads * headSize])
}

const feedForward = (ops: Ops, { gateUp, mlp }: LayerWeights, h: Tensor): Tensor => {
  const [width] = mlp.gate.shape
  const [gate, up] = ops.split(ops.matMul(h, gateUp, "nt"), [width, width], 1)
  return ops.matMul(ops.mul(ops.mul(gate, ops.sigmoid(gate)), up), mlp.down, "nt")
}

/** Logits [prompts * samples, vocabulary] after one more token of every sample. */
export const decodeStep = (
  device: Device,
  weights: PolicyWeights,
  grid: Grid,
  inputs: StepInputs,
  caches: ReadonlyArray<LayerCache>
): Tensor =>
  device.ops.scope(() => {
    const { config, ops } = device
    let x = ops.gather(weights.embedding, inputs.tokens)
    weights.layers.forEach((layer, i) => {
      const query = projectInto(device, layer, grid, inputs, caches[i], rmsNorm(ops, x, config.normEpsilon).y)
      x = ops.add(x, ops.matMul(attendStep(device, grid, inputs, caches[i], query), layer.output, "nt"))
      x = ops.add(x, feedForward(ops, layer, rmsNorm(ops, x, config.normEpsilon).y))
    })
    return ops.matMul(rmsNorm(ops, x, config.normEpsilon).y, weights.head, "nt")
  })

/**
 * One step of generation: a token for every sample in, logits for the next one out.
 *
 * Rows are a grid of prompts and samples. Each prompt's keys and values exist once for all its samples; those of the
 * responses lie in a cache that is written in place. Projections come out heads first, so nothing is transposed before
 * attention; few operations, because at this size their number is what a step costs.
 */
import type { PromptHeads } from "./attention.ts"
import type { Device } from "./decoder.ts"
import type { Ops, Tensor } from "./ops.ts"
import { rmsNorm } from "./rms-norm.ts"
import type { LayerWeights, PolicyWeights } from "./weights.ts"

/** Responses' keys or values, heads first, with room for `capacity` positions each. */
export type CacheSide = {
  /** [kv * prompts * samples * capacity, size] */
  readonly rows: Tensor
  /** The same memory as [kv * prompts * samples, capacity, size]. */
  readonly heads: Tensor
}

export type LayerCache = {
  readonly prompt: PromptHeads
  readonly key: CacheSide
  readonly value: CacheSide
}

export interface Grid {
  readonly prompts: number
  readonly samples: number
  /** Columns of the padded prompts. */
  readonly columns: number
  /** Positions that the cache has room for. */
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
  /** [capacity] 0 up to the tokens' own position, a large negative number after it. */
  readonly mask: Tensor
  /** [prompts, 1, columns], or null where no prompt is padded. */
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

/** [rows, heads * size] */
const attendStep = (
  { config, ops }: Device,
  grid: Grid,
  inputs: StepInputs,
  cache: LayerCache,
  query: Tensor
): Tensor => {
  const { headSize, heads, keyValueHeads } = config
  const { capacity, columns, prompts, samples } = grid
  const rows = prompts * samples
  const group = heads / keyValueHeads
  const sharing = samples * group
  const byPrompt = ops.reshape(query, [keyValueHeads * prompts, sharing, headSize])
  const promptScores = ops.matMul(byPrompt, cache.prompt.key, "nt")
  const seen =
    inputs.padding === null
      ? promptScores
      : ops.add(ops.reshape(promptScores, [keyValueHeads, prompts, sharing, columns]), inputs.padding)
  const own = ops.add(ops.matMul(query, cache.key.heads, "nt"), inputs.mask)
  const joined = ops.concat([ops.reshape(seen, [keyValueHeads * rows, group, columns]), own], 2)
  const [onPrompt, onOwn] = ops.split(ops.softmax(joined), [columns, capacity], 2)
  const fromPrompt = ops.matMul(
    ops.reshape(onPrompt, [keyValueHeads * prompts, sharing, columns]),
    cache.prompt.value,
    "nn"
  )
  const fromOwn = ops.matMul(onOwn, cache.value.heads, "nn")
  const out = ops.add(ops.reshape(fromPrompt, fromOwn.shape), fromOwn)
  const byRow = ops.transpose(ops.reshape(out, [keyValueHeads, rows, group * headSize]), [1, 0, 2])
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

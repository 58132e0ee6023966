/**
 * One step of generation: a token for every slot in, the distribution of the next one out.
 *
 * Slots are a grid of prompts and samples, each at a position of its own. The keys and values of long prompts exist once
 * for all their samples and are attended to once; short ones are copied to the start of every slot's cache, which saves
 * the operations that join the two. Caches are written in place.
 */
import type { HeadShape } from "../model/heads.ts"
import { mlp } from "../model/mlp.ts"
import { project } from "../model/projections.ts"
import { rmsNorm } from "../model/rms-norm.ts"
import type { Rotation } from "../model/rope.ts"
import type { LayerWeights, PolicyWeights } from "../model/weights.ts"
import type { Ops, Tensor } from "../tensors/ops.ts"
import { type Distribution, distribution } from "./distribution.ts"

export type LayerCache = {
  /** Keys and values of the prompts, [kv * prompts, columns, size]; null where prompts are copied. */
  readonly prompt: { readonly key: Tensor; readonly value: Tensor } | null
  /** Of every slot, heads first, with room for `capacity` positions each: [kv * slots * capacity, size]. */
  readonly key: Tensor
  readonly value: Tensor
}

export type Grid = {
  readonly prompts: number
  readonly samples: number
  /** Columns of the padded prompts. */
  readonly columns: number
  /** Whether prompts are copied to the start of the caches. */
  readonly isCopied: boolean
  /** Positions that the caches have room for, copied prompts included. */
  readonly capacity: number
}

/** What all layers share. */
export type StepInput = {
  readonly epsilon: number
  /** Positive. */
  readonly temperature: number
  readonly heads: HeadShape
  readonly grid: Grid
  readonly weights: PolicyWeights
  readonly caches: ReadonlyArray<LayerCache>
  /** [slots] token ids. */
  readonly tokens: Tensor
  /** Of the position that each slot's token stands at. */
  readonly rotation: Rotation
  /** [kv * slots] rows of the cache to write. */
  readonly places: Tensor
  /** 0 where a slot may see a cache column, a large negative number where not: [slots, 1, capacity]. */
  readonly mask: Tensor
  /** The same for prompts that are not copied: [prompts, 1, columns], or null where none of them is padded. */
  readonly padding: Tensor | null
}

/** [kv * rows, group, columns] + a mask for each of some sequences. */
const masked = (ops: Ops, kv: number, scores: Tensor, mask: Tensor): Tensor => {
  const [sequences, group, columns] = scores.shape
  const each = (sequences * group) / (kv * mask.shape[0])
  return ops.reshape(ops.add(ops.reshape(scores, [kv, mask.shape[0], each, columns]), mask), scores.shape)
}

/** What queries get from their prompts, which all samples share, and from their own caches. */
const attendBoth = (
  ops: Ops,
  { grid, heads, mask, padding }: StepInput,
  prompt: NonNullable<LayerCache["prompt"]>,
  query: Tensor,
  key: Tensor,
  value: Tensor
): Tensor => {
  const { capacity, columns, prompts } = grid
  const [sequences, group, size] = query.shape
  const together = heads.keyValueHeads * prompts
  const sharing = (sequences * group) / together
  const onPrompts = ops.matMul(ops.reshape(query, [together, sharing, size]), prompt.key, "nt")
  const seen = ops.reshape(onPrompts, [sequences, group, columns])
  const joined = ops.concat(
    [
      padding === null ? seen : masked(ops, heads.keyValueHeads, seen, padding),
      masked(ops, heads.keyValueHeads, ops.matMul(query, key, "nt"), mask)
    ],
    2
  )
  const [first, second] = ops.split(ops.softmax(joined), [columns, capacity], 2)
  const fromPrompts = ops.matMul(ops.reshape(first, [together, sharing, columns]), prompt.value, "nn")
  return ops.add(ops.reshape(fromPrompts, query.shape), ops.matMul(second, value, "nn"))
}

/** The mixed heads [heads * size, slots] of the new tokens, whose keys and values go into the cache. */
const attendStep = (ops: Ops, input: StepInput, weights: LayerWeights, cache: LayerCache, h: Tensor): Tensor => {
  const { grid, heads, mask, places } = input
  const { group, keyValueHeads, size } = heads
  const slots = grid.prompts * grid.samples
  const projected = project(ops, input, weights, h)
  const row = (x: Tensor) => ops.reshape(ops.transpose(x, [0, 2, 1]), [keyValueHeads * slots, size])
  const written = (rows: Tensor, x: Tensor) =>
    ops.reshape(ops.writeRows(rows, places, row(x)), [keyValueHeads * slots, grid.capacity, size])
  const key = written(cache.key, projected.key)
  const value = written(cache.value, projected.value)
  const query = ops.reshape(
    ops.transpose(ops.reshape(projected.query, [keyValueHeads, group, size, slots]), [0, 3, 1, 2]),
    [keyValueHeads * slots, group, size]
  )
  const attendOwn = () => {
    const scores = masked(ops, keyValueHeads, ops.matMul(query, key, "nt"), mask)
    return ops.matMul(ops.softmax(scores), value, "nn")
  }
  const out = cache.prompt === null ? attendOwn() : attendBoth(ops, input, cache.prompt, query, key, value)
  const columns = ops.transpose(ops.reshape(out, [keyValueHeads, slots, group, size]), [0, 2, 3, 1])
  return ops.reshape(columns, [keyValueHeads * group * size, slots])
}

export const decodeStep =
  (ops: Ops) =>
  (input: StepInput): Distribution =>
    ops.scope(() => {
      const { caches, epsilon, temperature, tokens, weights } = input
      const { embedding, head, layers, norm } = weights
      let x = ops.transpose(ops.gather(embedding, tokens), [1, 0])
      layers.forEach((layer, i) => {
        const { h } = rmsNorm(ops, { axis: 0, epsilon }, x, layer.attentionNorm)
        x = ops.add(x, ops.matMul(layer.output, attendStep(ops, input, layer, caches[i], h), "nn"))
        x = ops.add(x, mlp(ops, layer, rmsNorm(ops, { axis: 0, epsilon }, x, layer.feedForwardNorm).h).out)
      })
      return distribution(ops)({ epsilon, temperature, x, norm, head })
    })

/**
 * The keys and values that generation keeps: caches with room to write, and those of long prompts, which samples share.
 */
import type { PromptHeads } from "./attention.ts"
import type { PolicyConfig } from "./config.ts"
import type { CacheSide, Grid, LayerCache } from "./decode.ts"
import type { Device } from "./decoder.ts"
import type { Ops, Tensor } from "./ops.ts"

export type Caches = ReadonlyArray<LayerCache>

/** @param heads [kv * rows, capacity, size] of its own memory */
const sideOf = (ops: Ops, heads: Tensor): CacheSide => {
  const [sequences, capacity, size] = heads.shape
  return { heads, rows: ops.reshape(heads, [sequences * capacity, size]) }
}

/** Indices of sequences [kv * cells] from those of the grid's cells. */
const forEachHead = ({ keyValueHeads }: PolicyConfig, cells: ReadonlyArray<number>, gridCells: number): Int32Array =>
  Int32Array.from(
    { length: keyValueHeads * cells.length },
    (_, i) => Math.floor(i / cells.length) * gridCells + cells[i % cells.length]
  )

/**
 * Caches that hold the prompts and nothing else yet. Whoever asked frees them.
 *
 * @param prompts keys and values of the prompts in each layer; freed where the caches do not keep them
 */
export const startCaches = (device: Device, prompts: ReadonlyArray<PromptHeads>, grid: Grid): Caches => {
  const { config, ops } = device
  const cells = Array.from({ length: grid.prompts * grid.samples }, (_, cell) => Math.floor(cell / grid.samples))
  const sequences = config.keyValueHeads * cells.length
  const empty = () => sideOf(ops, ops.zeros([sequences, grid.capacity, config.headSize]))
  if (!grid.isCopied) return ops.keep(() => prompts.map((prompt) => ({ prompt, key: empty(), value: empty() })))
  const caches = ops.keep(() => {
    const sources = ops.indices(forEachHead(config, cells, grid.prompts))
    const room = ops.zeros([sequences, grid.capacity - grid.columns, config.headSize])
    const started = (heads: Tensor): CacheSide => sideOf(ops, ops.concat([ops.gather(heads, sources), room], 1))
    return prompts.map(({ key, value }) => ({ prompt: null, key: started(key), value: started(value) }))
  })
  ops.free(prompts)
  return caches
}

const replaced = ({ ops }: Device, caches: Caches, make: (cache: LayerCache) => LayerCache): Caches =>
  caches.map((cache) => {
    const next = ops.keep(() => make(cache))
    ops.free([cache.key, cache.value, next.prompt === cache.prompt ? null : cache.prompt])
    return next
  })

/** The same contents with room for `capacity` positions; frees the caches it is given. */
export const growCaches = (device: Device, caches: Caches, capacity: number): Caches => {
  const { ops } = device
  const grown = ({ heads }: CacheSide): CacheSide => {
    const [sequences, before, size] = heads.shape
    return sideOf(ops, ops.concat([heads, ops.zeros([sequences, capacity - before, size])], 1))
  }
  return replaced(device, caches, ({ key, prompt, value }) => ({ prompt, key: grown(key), value: grown(value) }))
}

/**
 * The caches of some cells of a grid, in this order; frees the caches it is given.
 *
 * @param cells indices into the grid of prompts and samples
 * @param prompts indices of the prompts those cells belong to
 */
export const selectFromCaches = (
  device: Device,
  caches: Caches,
  grid: Grid,
  prompts: ReadonlyArray<number>,
  cells: ReadonlyArray<number>
): Caches => {
  const { config, ops } = device
  return ops.scope(() => {
    const sequences = ops.indices(forEachHead(config, cells, grid.prompts * grid.samples))
    const ofPrompts = ops.indices(forEachHead(config, prompts, grid.prompts))
    const selected = ({ heads }: CacheSide): CacheSide => sideOf(ops, ops.gather(heads, sequences))
    return replaced(device, caches, ({ key, prompt, value }) => ({
      prompt:
        prompt === null || prompts.length === grid.prompts
          ? prompt
          : { key: ops.gather(prompt.key, ofPrompts), value: ops.gather(prompt.value, ofPrompts) },
      key: selected(key),
      value: selected(value)
    }))
  })
}

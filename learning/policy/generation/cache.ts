/**
 * The keys and values that generation keeps: caches with room to write, and those of long prompts, which samples share.
 */
import type { PolicyConfig } from "../config.ts"
import type { Device } from "../device.ts"
import type { Tensor } from "../tensors/ops.ts"
import type { Grid, LayerCache } from "./decode.ts"

export type Caches = ReadonlyArray<LayerCache>

/** Indices of sequences [kv * cells] from those of the grid's cells. */
const forEachHead = ({ keyValueHeads }: PolicyConfig, cells: ReadonlyArray<number>, gridCells: number): Int32Array =>
  Int32Array.from(
    { length: keyValueHeads * cells.length },
    (_, i) => Math.floor(i / cells.length) * gridCells + cells[i % cells.length]
  )

/**
 * Caches that hold the prompts and nothing else yet. Whoever asked frees them.
 *
 * @param prompts keys and values of the prompts in each layer, [kv * prompts, columns, size]; freed where not kept
 */
export const startCaches = (
  { config, ops }: Device,
  prompts: ReadonlyArray<NonNullable<LayerCache["prompt"]>>,
  grid: Grid
): Caches => {
  const cells = Array.from({ length: grid.prompts * grid.samples }, (_, cell) => Math.floor(cell / grid.samples))
  const sequences = config.keyValueHeads * cells.length
  const rows = [sequences * grid.capacity, config.headSize]
  if (!grid.isCopied)
    return ops.keep(() => prompts.map((prompt) => ({ prompt, key: ops.zeros(rows), value: ops.zeros(rows) })))
  const caches = ops.keep(() => {
    const sources = ops.indices(forEachHead(config, cells, grid.prompts))
    const room = ops.zeros([sequences, grid.capacity - grid.columns, config.headSize])
    const started = (heads: Tensor) => ops.reshape(ops.concat([ops.gather(heads, sources), room], 1), rows)
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
export const growCaches = (device: Device, caches: Caches, grid: Grid, capacity: number): Caches => {
  const { config, ops } = device
  const { headSize, keyValueHeads } = config
  const sequences = keyValueHeads * grid.prompts * grid.samples
  const grown = (rows: Tensor): Tensor => {
    const room = ops.zeros([sequences, capacity - grid.capacity, headSize])
    const heads = ops.concat([ops.reshape(rows, [sequences, grid.capacity, headSize]), room], 1)
    return ops.reshape(heads, [sequences * capacity, headSize])
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
  const { headSize, keyValueHeads } = config
  const gridCells = grid.prompts * grid.samples
  return ops.scope(() => {
    const sequences = ops.indices(forEachHead(config, cells, gridCells))
    const ofPrompts = ops.indices(forEachHead(config, prompts, grid.prompts))
    const selected = (rows: Tensor): Tensor => {
      const heads = ops.gather(ops.reshape(rows, [keyValueHeads * gridCells, grid.capacity * headSize]), sequences)
      return ops.reshape(heads, [keyValueHeads * cells.length * grid.capacity, headSize])
    }
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

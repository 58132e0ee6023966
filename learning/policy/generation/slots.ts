/**
 * The grid of slots that rollouts grow in: which rollout each holds, who waits for it, and what the device keeps for them.
 *
 * Each prompt has a row of slots. When a rollout ends, the next of its prompt takes the slot; when none waits, slots
 * empty, and once enough of them have, the rest moves together. All of it follows from the tokens drawn.
 */
import type { Device } from "../device.ts"
import { type Caches, growCaches, selectFromCaches } from "./cache.ts"
import type { Grid } from "./decode.ts"
import type { Rollout } from "./rollout.ts"

/** The grid shrinks once it can become this small a part of itself. */
const shrinkTo = 0.75
/** Positions that caches grow by at least, and the part of themselves. */
const leastGrowth = 16
const growth = 0.25

export interface Slots {
  readonly grid: Grid
  /** [prompts * samples] the rollout in each slot, or null. */
  readonly cells: ReadonlyArray<Rollout | null>
  /** Left padding of each prompt of the grid. */
  readonly padding: ReadonlyArray<number>
  readonly caches: Caches
}

/** The cache column of the response token at a position. */
export const columnOf = ({ columns, isCopied }: Grid, position: number): number => (isCopied ? columns : 0) + position

/** Where the newest token of a slot's rollout stands in its response; 0 in an empty slot. */
export const positionIn = (rollout: Rollout | null): number => (rollout === null ? 0 : rollout.tokens.length - 1)

export const isLive = (rollout: Rollout | null): rollout is Rollout => rollout !== null && rollout.stop === null

/** Drops prompts that are done and moves the live slots of the others together, once that saves enough. */
export const shrunk = (device: Device, slots: Slots): Slots => {
  const { caches, cells, grid, padding } = slots
  const { prompts, samples } = grid
  const live = Array.from({ length: prompts }, (_, p) =>
    Array.from({ length: samples }, (_, s) => p * samples + s).filter((cell) => isLive(cells[cell]))
  )
  const kept = live.flatMap((own, p) => (own.length > 0 ? [p] : []))
  const width = Math.max(...live.map(({ length }) => length))
  if (kept.length * width > shrinkTo * prompts * samples) return slots
  const sources = kept.flatMap((p) => Array.from({ length: width }, (_, s) => live[p][Math.min(s, live[p].length - 1)]))
  return {
    grid: { ...grid, prompts: kept.length, samples: width },
    cells: kept.flatMap((p) =>
      Array.from({ length: width }, (_, s) => (s < live[p].length ? cells[live[p][s]] : null))
    ),
    padding: kept.map((p) => padding[p]),
    caches: selectFromCaches(device, caches, grid, kept, sources)
  }
}

/** Caches with room for the newest token of every slot. */
export const withRoom = (device: Device, slots: Slots, maxTokens: number): Slots => {
  const { caches, cells, grid } = slots
  const needed = 1 + cells.reduce((most, rollout) => Math.max(most, columnOf(grid, positionIn(rollout))), 0)
  if (needed <= grid.capacity) return slots
  const grown = grid.capacity + Math.max(leastGrowth, Math.ceil((grid.capacity * growth) / leastGrowth) * leastGrowth)
  const capacity = Math.min(Math.max(grown, needed), columnOf(grid, maxTokens))
  return { ...slots, grid: { ...grid, capacity }, caches: growCaches(device, caches, grid, capacity) }
}

/** Room for the first tokens. */
export const firstCapacity = (columns: number, maxTokens: number): number => columns + Math.min(leastGrowth, maxTokens)

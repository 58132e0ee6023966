/**
 * How a fabricated batch is cut: into a part for each update, and each part into shards.
 */
import type { RolloutGenerated } from "../../../schemas/rollout-generated.ts"
import type { Shape } from "./names.ts"

/** What an update learns from: its part of a batch, cut into shards. */
export interface Part {
  readonly step: number
  readonly rolloutStep: number
  readonly shards: ReadonlyArray<ReadonlyArray<RolloutGenerated>>
  readonly tokens: number
}

export const tokensOf = (rollouts: ReadonlyArray<RolloutGenerated>): number =>
  rollouts.reduce((sum, { tokens }) => sum + tokens.length, 0)

/** Rollouts as events name them, in packed order. */
export const packedOf = (rollouts: ReadonlyArray<RolloutGenerated>) =>
  rollouts.map(({ promptId, sampleIndex, tokens }) => ({ promptId, sampleIndex, length: tokens.length }))

/** The updates that learn from a batch, each with its part of the rollouts. */
export const partsOf = (
  shape: Shape,
  rolloutStep: number,
  rollouts: ReadonlyArray<RolloutGenerated>
): ReadonlyArray<Part> => {
  const { samples, shards, steps, updatesPerBatch = 1 } = shape
  return Array.from({ length: Math.min(updatesPerBatch, steps - rolloutStep) }, (_, update) => {
    const own = rollouts.filter(({ sampleIndex }) => Math.floor((sampleIndex * updatesPerBatch) / samples) === update)
    return {
      step: rolloutStep + update,
      rolloutStep,
      shards: Array.from({ length: shards }, (_, shard) => own.filter((_, i) => i % shards === shard)),
      tokens: tokensOf(own)
    }
  })
}

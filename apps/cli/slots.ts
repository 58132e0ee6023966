/**
 * How many answers may grow at once, where nobody says: as many as a part of the free memory holds the caches of.
 */
import { Effect } from "effect"
import type { PolicyConfig } from "../../learning/policy/config.ts"
import { type CohortSize, slotCount } from "../../learning/policy/generation/slot-count.ts"
import type { Run } from "../../pipelines/runs.ts"
import { evaluationRows } from "../../pipelines/update/schedule.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { checkBetween } from "./ranges.ts"

/** Weights, activations and gradients need room too. */
const partOfMemory = 4

export interface SlotFlags {
  /** Null: by memory. */
  readonly slots: number | null
  /** For keys and values; null: a quarter of the memory that is free now. */
  readonly cacheBytes: number | null
}

/** Fails with OptionOutOfRange or OptionsConflict. */
export const checkSlots = Effect.fn("slots.check")(function* ({ cacheBytes, slots }: SlotFlags) {
  if (cacheBytes === null) return
  yield* checkBetween("--cache-bytes", cacheBytes, 1, Number.MAX_SAFE_INTEGER)
  if (slots !== null)
    return yield* new OptionsConflict({ reason: "--slots and --cache-bytes both say how many grow at once; give one" })
})

/**
 * The slots for cohorts of this size, or null where all their sequences fit.
 *
 * @param atOnce cohorts that are sampled side by side
 */
export const slotsFor = (config: PolicyConfig, size: CohortSize, cacheBytes: number | null, atOnce = 1) =>
  Effect.sync(() => {
    const bytes = cacheBytes ?? process.availableMemory() / partOfMemory
    const slots = slotCount(config, size, bytes / atOnce)
    return slots < size.sequences ? slots : null
  })

/** The largest cohort of a run, of training or of an evaluation. Longest prompt and answer need not be of one test. */
export const largestCohort = (
  config: RunConfig,
  { benchmarks, examples, heldOut }: Pick<Run, "benchmarks" | "examples" | "heldOut">
) => {
  const { batchPrompts = examples.length, cohorts, copies, evaluation, groupSize } = config
  const asked = [...examples, ...heldOut, ...benchmarks.flatMap(({ questions }) => questions)]
  const size: CohortSize = {
    columns: asked.reduce((most, { tokens }) => Math.max(most, tokens.length), 1),
    maxTokens: Math.max(
      config.maxTokens,
      evaluation.maxTokens,
      ...benchmarks.map(({ settings }) => settings.maxTokens)
    ),
    sequences: Math.max(
      batchPrompts * Math.ceil((copies * groupSize) / cohorts),
      evaluation.rows ?? evaluationRows,
      evaluation.samples,
      ...benchmarks.map(({ settings }) => settings.samples)
    )
  }
  return size
}

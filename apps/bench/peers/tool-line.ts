/**
 * The one JSON line in which a tool tells what its steps took: the peers' form, which Onefold's own child writes too.
 */
import { Schema } from "effect"

const Seconds = Schema.Record(Schema.String, Schema.Finite)

export const ToolLine = Schema.Struct({
  tool: Schema.String,
  job: Schema.String,
  threads: Schema.Int,
  rollout_tokens: Schema.Int,
  /** Medians over the timed steps, by phase. */
  wall_s: Seconds,
  cpu_s: Seconds,
  /** The lowest of the timed steps. */
  cpu_min_s: Seconds,
  tok_per_s_generate: Schema.Finite,
  peak_rss_gb: Schema.Finite
})
export type ToolLine = typeof ToolLine.Type

export const decodeToolLine = Schema.decodeUnknownEffect(Schema.fromJsonString(ToolLine))

export const median = (numbers: ReadonlyArray<number>): number => {
  const sorted = [...numbers].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
}

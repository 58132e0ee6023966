/**
 * The flags of `onefold run` that say what policies sit beside the held-out problems, and what a checkpoint is chosen by.
 */
import { Option } from "effect"
import { Flag } from "effect/cli"
import type { BenchmarkTest } from "../../schemas/evaluation-config.ts"
import { optionalInt, optionalText } from "./flags.ts"

export const benchmarkFlags = {
  benchmarks: optionalText(
    "benchmarks",
    "Sets that policies sit too, with commas between: names (math500, miniature …) or files; docs/evaluation.md"
  ),
  benchmarkProtocol: optionalText(
    "benchmark-protocol",
    "How benchmarks are asked, answered and judged: paper, r1, greedy, avg@K; default: greedy for the miniature, paper for other models"
  ),
  benchmarkData: optionalText("benchmark-data", "The folder that has the sets; default: the hub"),
  benchmarkLimit: optionalInt("benchmark-limit", "The first so many problems of each benchmark; default: all"),
  benchmarksAt: Flag.Literals("benchmarks-at", ["every", "ends"]).pipe(
    Flag.withDescription("When: at every evaluation, or before and after training only; default: every"),
    Flag.optional,
    Flag.map(Option.getOrNull)
  ),
  validation: optionalText(
    "validation",
    "Sets that a checkpoint is chosen by, or none; default: the miniature's own, none for other models"
  ),
  validationProtocol: optionalText("validation-protocol", "How they are sat; default: greedy")
}

export interface BenchmarkFlags {
  readonly benchmarks: string | null
  /** Null: `greedy` for the miniature, `paper` for other models. */
  readonly benchmarkProtocol: string | null
  /** Null: the hub. */
  readonly benchmarkData: string | null
  readonly benchmarkLimit: number | null
  /** Null: every. */
  readonly benchmarksAt: BenchmarkTest["at"] | null
  /** Sets, or "none"; null: what goes with the preset. */
  readonly validation: string | null
  /** Null: `greedy`. */
  readonly validationProtocol: string | null
}

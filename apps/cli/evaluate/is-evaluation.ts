/**
 * Whether a run only evaluates: nothing is trained, and its policy sits benchmarks.
 */
import type { RunConfig } from "../../../schemas/run-config.ts"

/** What the configuration of an evaluation calls its preset. */
export const evaluationPreset = "evaluate"

export const isEvaluation = ({ preset }: Pick<RunConfig, "preset">): boolean => preset === evaluationPreset

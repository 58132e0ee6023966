/**
 * What is told of a run at its end, in one value: the terminal's table, the HTML report and the JSON lines all show it.
 */
import type { ChosenCheckpoint } from "../../../pipelines/choose-checkpoint.ts"
import type { EvaluationResult } from "../../../schemas/evaluation-completed.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"

/** One policy's figures: over all problems ("all") first, then family by family. */
export interface PolicyFigures {
  readonly greedy: ReadonlyArray<EvaluationResult>
  /** Sampled k times a problem at the evaluation's temperature. */
  readonly sampled: ReadonlyArray<EvaluationResult>
  /** The training examples themselves, sampled likewise. */
  readonly train: ReadonlyArray<EvaluationResult>
}

/** Held-out greedy accuracy of the policy after `step` updates. */
export interface CurvePoint {
  readonly step: number
  readonly accuracy: number
  readonly low: number
  readonly high: number
}

/** What one update reported. */
export interface StepFigures {
  readonly step: number
  readonly rewardMean: number
  readonly entropy: number
  readonly kl: number
  readonly gradientNorm: number
  readonly responseLength: number
  readonly zeroSignalGroups: number
  readonly tokens: number
}

/** One held-out problem, answered greedily by the base and by the trained policy. Texts are a model's: hostile. */
export interface SampleBeforeAfter {
  readonly problemId: string
  readonly problem: string
  readonly answer: string
  readonly before: { readonly text: string; readonly verdict: string }
  readonly after: { readonly text: string; readonly verdict: string }
}

/** The checkpoints that the evaluations speak for; null where nothing was compared. */
export interface ChosenCheckpoints {
  readonly validation: ChosenCheckpoint | null
  readonly bestOnTest: ChosenCheckpoint | null
}

export interface RunSummary {
  readonly runId: string
  readonly config: RunConfig
  /** Updates done. */
  readonly steps: number
  readonly base: PolicyFigures
  readonly trained: PolicyFigures
  readonly curve: ReadonlyArray<CurvePoint>
  readonly chosen: ChosenCheckpoints
  readonly training: ReadonlyArray<StepFigures>
  readonly samples: ReadonlyArray<SampleBeforeAfter>
  readonly weightsSha256: string
  /** Name and SHA-256 of everything the run started from: data, tokenizer, base, config. */
  readonly hashes: Readonly<Record<string, string>>
  /** What the bits depend on, as recorded. */
  readonly environment: Readonly<Record<string, string>>
  readonly codeVersion: string
}

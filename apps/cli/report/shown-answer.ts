/**
 * One answer as it is shown: what was asked, every token with its figures, the verdict and why, and where all of it lies.
 */
import type { Stop, Verdict } from "../../../schemas/answer.ts"
import type { TokenFigures } from "../token-figures.ts"

/** What the grader, and the reward, made of an answer. */
export interface Judgement {
  readonly verdict: Verdict
  /** What was found as the answer; null where there was none. */
  readonly extracted: string | null
  readonly rule: string
  readonly grader: string
  /** Of rollouts: what it earned, null where unknown, by which reward. */
  readonly earned: { readonly reward: number | null; readonly by: string } | null
}

/** The gradient shard that learned from an answer. */
export interface LearnedIn {
  /** The update, as the policy that it made. */
  readonly update: number
  readonly shard: number
  readonly shards: number
  readonly gradientHash: string
}

export interface ShownAnswer {
  readonly runId: string
  readonly step: number
  /** Null for a rollout. */
  readonly test: string | null
  /** Of the prompt or problem. */
  readonly id: string
  readonly sample: number
  /** As the model read it; null where what it was asked is not among the artifacts any more. */
  readonly prompt: string | null
  readonly gold: string | null
  readonly tokens: Int32Array
  /** [T] special tokens by name. */
  readonly tokenTexts: ReadonlyArray<string>
  readonly text: string
  readonly stop: Stop
  readonly figures: TokenFigures
  /** Null until it is graded. */
  readonly judgement: Judgement | null
  readonly policyHash: string
  readonly cohort: number
  /** Null for an answer to a test, and until it is learned from. */
  readonly learnedIn: LearnedIn | null
  /** Of the answer and all that followed from it, in order. */
  readonly eventIds: ReadonlyArray<string>
}

export const meanOf = (values: Float32Array | null): number | null =>
  values === null || values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * What a stage must know of a run besides its events: the resolved configuration and the texts that coordinates name.
 *
 * All of it is fixed when the run starts and recorded in RunStarted; nothing here changes while it goes on.
 */
import { Context, type Effect, Schema } from "effect"
import type { Choice } from "../learning/grading/submission.ts"
import type { ParameterLayout } from "../learning/policy/parameters.ts"
import type { Tokenizer } from "../learning/policy/tokenizer/tokenizer.ts"
import type { BenchmarkTest } from "../schemas/evaluation-config.ts"
import type { RunId, Sha256 } from "../schemas/ids.ts"
import type { RunConfig } from "../schemas/run-config.ts"

/** Something to be answered: a training example or a benchmark's problem. */
export interface Question {
  readonly id: string
  /** What the figures are grouped by: the benchmark's family, or "train". */
  readonly family: string
  readonly text: string
  readonly tokens: Int32Array
  readonly answer: string
  /** What Qwen's grader calls the benchmark that it is from, where it is from one. */
  readonly dataName?: string
  /** Of multiple choice: what there is to choose from; the answer is a label. */
  readonly choices?: ReadonlyArray<Choice>
}

/** A benchmark that the run's policies sit, with its problems. */
export interface Benchmark {
  readonly settings: BenchmarkTest
  readonly questions: ReadonlyArray<Question>
}

export interface Run {
  readonly runId: RunId
  readonly config: RunConfig
  readonly baseHash: Sha256
  /** Names, shapes and places of what is trained, in a flat array: the base's parameters, or its adapter's. */
  readonly layout: ParameterLayout
  /** The same of a critic of this base, whether the run has one or not. */
  readonly criticLayout: ParameterLayout
  readonly tokenizer: Tokenizer
  /** The training examples, in the order of the configuration. */
  readonly examples: ReadonlyArray<Question>
  /** The held-out problems, in their fixed order. */
  readonly heldOut: ReadonlyArray<Question>
  /** Those of the configuration, in its order. */
  readonly benchmarks: ReadonlyArray<Benchmark>
  /** What a prompt and its answer may have together. */
  readonly maxPositions: number
  /** Training example or held-out problem by id. */
  readonly question: (id: string) => Question | undefined
}

/** What of a run its policies and critics follow from, beside the gradients. */
export type FoldedRun = Pick<Run, "runId" | "config" | "baseHash" | "layout" | "criticLayout">

/** The policy before any training, which a KL is to: the base, or the initial adapter, which computes the same. */
export const firstPolicyOf = ({ baseHash, config }: FoldedRun): Sha256 => config.lora?.initial ?? baseHash

/** Updates that the policy has had which the run begins with: 0 but where it forks another. */
export const firstStepOf = ({ config }: FoldedRun): number => config.fork?.step ?? 0

export class UnknownRun extends Schema.TaggedError<UnknownRun>()("UnknownRun", { runId: Schema.String }) {
  override get message(): string {
    return `no run ${this.runId} is known here`
  }
}

/** A run is known, but what it needs cannot be had here: its model's files, its problems. */
export class RunUnusable extends Schema.TaggedError<RunUnusable>()("RunUnusable", {
  runId: Schema.String,
  detail: Schema.String,
  /** Whether it passes, may come late, or is the run's own. */
  lasting: Schema.Literals(["passing", "late", "for-good"])
}) {
  override get message(): string {
    return `run ${this.runId} cannot be worked on here: ${this.detail}`
  }
}

/** An event names a prompt or problem that its run does not have. */
export class UnknownQuestion extends Schema.TaggedError<UnknownQuestion>()("UnknownQuestion", {
  runId: Schema.String,
  id: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId} has no prompt or problem ${this.id}`
  }
}

export class Runs extends Context.Service<
  Runs,
  { readonly of: (runId: RunId) => Effect.Effect<Run, UnknownRun | RunUnusable> }
>()("onefold/pipelines/Runs") {}

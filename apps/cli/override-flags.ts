/**
 * The flags that replace a preset's settings one by one, and those that say what a run trains and computes with.
 */
import { Option } from "effect"
import { Flag } from "effect/cli"
import { gradingModes } from "../../learning/grading/modes.ts"
import { loraTargets } from "../../schemas/run-config.ts"
import { optionalInt, optionalText, switchFlag } from "./flags.ts"
import type { Overrides } from "./presets.ts"

const count = (name: string, description: string) =>
  Flag.Int(name).pipe(Flag.withDescription(`${description}; default: the preset's`), Flag.optional)
const number = (name: string, description: string) =>
  Flag.Finite(name).pipe(Flag.withDescription(`${description}; default: the preset's`), Flag.optional)

const numbers = {
  copies: count("copies", "Groups a step"),
  groupSize: count("group-size", "Answers a group"),
  cohorts: count("cohorts", "A step's answers are sampled in so many parts"),
  shards: count("shards", "A step's gradient is taken in so many parts: more need less memory"),
  microBatch: count("micro-batch", "Answers whose activations are in memory at once, of each shard"),
  maxTokens: count("max-tokens", "New tokens an answer at most"),
  snapshotEvery: count("snapshot-every", "Updates between policies that are stored with their optimizer"),
  temperature: number("temperature", "Of sampling"),
  learningRate: number("learning-rate", "Of AdamW"),
  slots: Flag.Int("slots").pipe(
    Flag.withDescription("Answers of a cohort that grow at once; default: as many as memory allows"),
    Flag.optional
  ),
  intraOpThreads: Flag.Int("intra-op-threads").pipe(
    Flag.withDescription("Threads inside one tensor operation; default: 1"),
    Flag.optional
  )
}

const choices = {
  recompute: switchFlag(
    "recompute",
    "Compute activations again on the way back and keep none: less memory, a third more work"
  ),
  precision: Flag.Literals("precision", ["float32", "bfloat16"]).pipe(
    Flag.withDescription("What matrices are multiplied in; default: float32"),
    Flag.optional
  ),
  grader: Flag.Literals("grader", gradingModes).pipe(
    Flag.withDescription(
      "Whose verdicts rewards and the run's own tests go by: our own, DeepScaleR's, Qwen's; default: the preset's"
    ),
    Flag.optional
  )
}

export const overrideFlags = { ...numbers, ...choices }

/** How answers are computed, whoever asks for them. */
export const computingFlags = {
  slots: numbers.slots,
  precision: choices.precision,
  intraOpThreads: numbers.intraOpThreads
}

type Given = { readonly [Name in keyof typeof numbers]: Option.Option<number> } & {
  readonly recompute: boolean
  readonly precision: Option.Option<NonNullable<Overrides["precision"]>>
  readonly grader: Option.Option<NonNullable<Overrides["grader"]>>
}

/** Those that were given. */
export const overridesOf = (given: Given): Overrides => ({
  ...Object.fromEntries(
    Object.keys(numbers).flatMap((name) => {
      const value: unknown = Object.entries(given).find(([key]) => key === name)?.[1]
      return Option.isOption(value) && Option.isSome(value) ? [[name, value.value]] : []
    })
  ),
  ...(given.recompute ? { recompute: true } : {}),
  ...(Option.isSome(given.precision) ? { precision: given.precision.value } : {}),
  ...(Option.isSome(given.grader) ? { grader: given.grader.value } : {})
})

/** What is trained on and how, by name, and what stays of it. */
export const trainingFlags = {
  keep: optionalText(
    "keep",
    "What stays on the disk: gradients (everything), rollouts (no gradients), snapshots:every=N (every N-th policy)"
  ),
  data: optionalText("data", "A training set: a .parquet or .jsonl file, or a data set of the hub (owner/name:FILE)"),
  recipe: optionalText("recipe", 'An experiment of the paper: a name that onefold recipes lists, "pi13", "7b/pi1"')
}

/** Any setting, over everything else. */
export const setFlag = Flag.String("set").pipe(
  Flag.withDescription("A setting of the configuration as key=value (evaluation.samples=4); may be given again"),
  Flag.atLeast(0)
)

/** For keys and values. */
export const cacheBytesFlag = optionalInt(
  "cache-bytes",
  "Memory for the keys and values of answers that grow; default: a quarter of what is free"
)

/** Of an adapter that is trained in place of the weights. */
export const loraFlags = {
  loraRank: optionalInt("lora-rank", "Train a low-rank adapter of this rank; default: train all weights"),
  loraAlpha: Flag.Finite("lora-alpha").pipe(
    Flag.withDescription("The adapter's product is scaled by alpha / rank; default: twice the rank"),
    Flag.optional,
    Flag.map(Option.getOrNull)
  ),
  loraTargets: optionalText(
    "lora-targets",
    `What is adapted in every layer, with commas between; default: ${loraTargets.join(",")}`
  )
}

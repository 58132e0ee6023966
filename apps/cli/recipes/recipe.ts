/**
 * What a recipe is: an experiment of the paper by name, as what it changes of the preset.
 *
 * "Paper" is 1-shot RLVR (arXiv 2504.20571v3); numbers are its own, with the table that they stand in.
 */
import type { ObjectiveConfig } from "../../../schemas/objective-config.ts"

/** The models that the paper trains. */
export const modelNames = ["1.5b", "7b", "llama", "r1-distill", "qwen2.5-1.5b", "1.5b-instruct"] as const
export type ModelName = (typeof modelNames)[number]

/** Percent right; the last is the mean of the six. */
export const columns = ["MATH500", "AIME24", "AMC23", "Minerva", "Olympiad", "AIME25", "Avg"] as const
export type Column = (typeof columns)[number]
export type Scores = Partial<Readonly<Record<Column, number>>>

export interface PaperResult {
  readonly table: string
  readonly scores: Scores
  /** Which checkpoint, which conditions. */
  readonly remark?: string
}

export type Ranks = readonly [number, ...ReadonlyArray<number>]

/** What is trained on. */
export type RecipeExamples =
  /** The examples π_K of these ranks, in this order. */
  | { readonly kind: "pi"; readonly ranks: Ranks }
  /** So many, drawn by the run's seed. */
  | { readonly kind: "random"; readonly count: number }
  /** All of a set. */
  | { readonly kind: "set"; readonly set: "dsr-sub" | "math-7500" }
  /** π_1 with its first steps done: only the last one is asked. */
  | { readonly kind: "last-step"; readonly problem: string; readonly answer: string }

/** What earns, where it is not the right answer. */
export type RecipeReward =
  | { readonly name: "format" }
  /** A label in place of the right answer: the paper's, and one for the miniature's example. */
  | { readonly name: "wrong-label"; readonly paper: string; readonly mini: string }
  /** The share of examples that get the answer of another one. */
  | { readonly name: "label-noise"; readonly share: number }

export interface Recipe {
  readonly name: string
  readonly title: string
  /** Where in the paper: "Tab. 5, row 3"; or what else it comes from. */
  readonly place: string
  readonly results: Partial<Readonly<Record<ModelName, PaperResult>>>
  readonly examples: RecipeExamples
  /** What differs from the preset; nothing for most. */
  readonly settings: Partial<Omit<ObjectiveConfig, "critic">>
  readonly reward?: RecipeReward
  /** Rollout batches, where they are not the model's usual number; of a model that is not named, those of 1.5b. */
  readonly steps?: { readonly paper: Partial<Readonly<Record<ModelName, number>>>; readonly mini: number }
  /** Whether π_1 with its solution stands before every held-out problem. */
  readonly inContext?: true
}

/** Scores in the order of the paper's tables, those that it gives. */
export const scores = (...values: ReadonlyArray<number>): Scores =>
  Object.fromEntries(columns.flatMap((column, i) => (values[i] === undefined ? [] : [[column, values[i]]])))

/** MATH500 and the mean of the six, where the paper gives no others. */
export const mathAndMean = (math500: number, mean: number): Scores => ({ MATH500: math500, Avg: mean })

export const pi1: RecipeExamples = { kind: "pi", ranks: [1] }

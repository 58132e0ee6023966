/**
 * Which example a run trains on: one of the miniature's pool by name, or a file with a prompt and its answer.
 */
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { example, exampleIds } from "../../learning/datasets/miniature/problems.ts"
import { faultOf } from "../../learning/file-fault.ts"
import { grade } from "../../learning/grading/grade.ts"
import type { GradingMode } from "../../learning/grading/modes.ts"
import { nearest } from "../../learning/nearest.ts"
import type { Tokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { readAsked, writtenForm } from "./asked-and-answered.ts"
import { miniatureBase } from "./base.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { asLine, type Notation } from "./notation.ts"
import { isRank, unranked } from "./rank-example.ts"
import type { TrainingExample } from "./training-example.ts"

const looksLikeFile = (name: string): boolean => name.endsWith(".json") || name.includes("/")

const fromFile = Effect.fn("examples.fromFile")(function* (path: string, notation: Notation) {
  const content = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) =>
      new ExampleUnusable({ example: path, reason: "unreadable", detail: faultOf(error), next: writtenForm })
  })
  const { answer, text } = yield* readAsked(path, content.replace(/^\ufeff/, ""), notation)
  const found: TrainingExample = { promptId: "file:0", text, answer }
  return found
})

/** Finds an example by name or file. Fails with ExampleUnusable, the nearest name offered. */
export const findExample = Effect.fn("examples.find")(function* (
  name: string,
  notation: Notation = asLine(miniatureBase)
) {
  if (isRank(name)) return yield* unranked(name)
  if (looksLikeFile(name)) return yield* fromFile(name, notation)
  const problem = example(name)
  if (problem === undefined)
    return yield* new ExampleUnusable({
      example: name,
      reason: "unknown",
      detail: "there is no example of this name",
      next: `Did you mean "${nearest(name, exampleIds())}"? Names go from chain:0 to two:39; a file ends in .json`
    })
  const text = yield* Effect.mapError(
    notation({ prompt: problem.prompt }),
    ({ message }) =>
      new ExampleUnusable({
        example: name,
        reason: "not-writable-by-model",
        detail: message,
        next: "Leave out --chat"
      })
  )
  const found: TrainingExample = { promptId: problem.id, text, answer: problem.answer }
  return found
})

/** How long an example may be, and what may become of it. */
export interface Limits {
  readonly contextLength: number
  readonly maxTokens: number
  /** Tokens that a prompt and an answer may have together, where the run packs them as the reference does. */
  readonly packed?: number
  /** Whose verdicts rewards go by; our own where left out. */
  readonly grader?: GradingMode
  /** Whether an answer may earn nothing, as some of a large set do. */
  readonly ungradable?: boolean
}

/** What a run asks of each of its training examples. */
export const limitsOf = (
  { aggregation, grader, maxTokens, microBatchTokens, prompts }: RunConfig,
  contextLength: number
): Limits => ({
  ...{ contextLength, maxTokens, ungradable: prompts.length > 1 },
  ...(grader === undefined ? {} : { grader }),
  ...(aggregation === "verl-microbatch" ? { packed: microBatchTokens } : {})
})

/**
 * Makes sure that the model can read the prompt, could write the answer, and would be rewarded for it.
 *
 * @param name what the user calls the example
 */
export const checkWritable = Effect.fn("examples.checkWritable")(function* (
  name: string,
  { answer, text }: TrainingExample,
  tokenizer: Tokenizer,
  { contextLength, grader: mode = "exact", maxTokens, packed, ungradable = false }: Limits
) {
  const refuse = (reason: ExampleUnusable["reason"], detail: string, next: string) =>
    new ExampleUnusable({ example: name, reason, detail, next })
  const encoded = (what: string, words: string) =>
    Effect.mapError(tokenizer.encode(words), ({ message }) =>
      refuse(
        "not-writable-by-model",
        `its ${what} cannot be written: ${message}`,
        "Choose an example in the model's own notation"
      )
    )
  const prompt = yield* encoded("prompt", text)
  const response = yield* encoded("answer", `\\boxed{${answer}}`)
  if (response.length >= maxTokens)
    return yield* refuse(
      "too-long",
      `its answer takes ${response.length} tokens and the end one more, and a response has at most ${maxTokens}`,
      "Choose one with a shorter answer"
    )
  if (prompt.length + maxTokens > contextLength)
    return yield* refuse(
      "too-long",
      `its prompt has ${prompt.length} tokens, which with ${maxTokens} new ones exceeds the model's ${contextLength}`,
      "Choose a shorter one"
    )
  if (packed !== undefined && prompt.length + maxTokens > packed)
    return yield* refuse(
      "too-long",
      `its prompt has ${prompt.length} tokens, which with ${maxTokens} new ones exceeds the ${packed} of microBatchTokens`,
      `Choose a shorter one, or set microBatchTokens to ${prompt.length + maxTokens} or more`
    )
  const { rule, verdict } = grade({ id: name, text: `\\boxed{${answer}}`, reference: answer, mode })
  if (verdict !== "correct" && !ungradable)
    return yield* refuse(
      "not-gradable",
      `not even its own answer would be graded as correct (${rule})`,
      "Write the answer as a number"
    )
})

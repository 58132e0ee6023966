/**
 * Which example a run trains on: one of the miniature's pool by name, or a file with a prompt and its answer.
 */
import { readFile } from "node:fs/promises"
import { Effect, Schema } from "effect"
import { example, exampleIds } from "../../learning/datasets/miniature/problems.ts"
import { grade } from "../../learning/grading/grade.ts"
import type { Tokenizer } from "../../learning/policy/tokenizer.ts"
import { nearest } from "./nearest.ts"

/** A training example as the configuration records it. */
export interface TrainingExample {
  readonly promptId: string
  readonly text: string
  readonly answer: string
}

/** The example cannot be trained on. */
export class ExampleUnusable extends Schema.TaggedError<ExampleUnusable>()("ExampleUnusable", {
  example: Schema.String,
  reason: Schema.Literals([
    "unknown",
    "unreadable",
    "no-prompt",
    "no-answer",
    "not-writable-by-model",
    "not-gradable",
    "too-long"
  ]),
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `example ${this.example}: ${this.detail}. ${this.next}`
  }
}

const ExampleFile = Schema.fromJsonString(
  Schema.Struct({
    prompt: Schema.optionalKey(Schema.Unknown),
    answer: Schema.optionalKey(Schema.Unknown)
  })
)

const looksLikeFile = (name: string): boolean => name.endsWith(".json") || name.includes("/")

const textOf = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value : typeof value === "number" ? String(value) : null

const fileForm = 'Write it as {"prompt": "48+14-21=?\\n", "answer": "41"}'

const faults: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "this user may not read it"
}

const faultOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return faults[code] ?? (error instanceof Error ? error.message : String(error))
}

const fromFile = Effect.fn("examples.fromFile")(function* (path: string) {
  const unreadable = (detail: string) =>
    new ExampleUnusable({ example: path, reason: "unreadable", detail, next: fileForm })
  const content = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => unreadable(faultOf(error))
  })
  const withoutMark = content.replace(/^\ufeff/, "")
  const { answer, prompt } = yield* Schema.decodeUnknownEffect(ExampleFile)(withoutMark).pipe(
    Effect.mapError((error) => unreadable(`it is not an example: ${error.message}`))
  )
  const text = textOf(prompt)
  if (text === null)
    return yield* new ExampleUnusable({
      example: path,
      reason: "no-prompt",
      detail: "it has no prompt",
      next: fileForm
    })
  const reference = textOf(answer)
  if (reference === null)
    return yield* new ExampleUnusable({
      example: path,
      reason: "no-answer",
      detail: "it has no answer, and a reward needs one",
      next: fileForm
    })
  const found: TrainingExample = {
    promptId: "file:0",
    text: text.endsWith("\n") ? text : `${text}\n`,
    answer: reference
  }
  return found
})

/** Finds an example by name or file. Fails with ExampleUnusable, the nearest name offered. */
export const findExample = Effect.fn("examples.find")(function* (name: string) {
  if (looksLikeFile(name)) return yield* fromFile(name)
  const problem = example(name)
  if (problem === undefined)
    return yield* new ExampleUnusable({
      example: name,
      reason: "unknown",
      detail: "there is no example of this name",
      next: `Did you mean "${nearest(name, exampleIds())}"? Names go from chain:0 to two:39; a file ends in .json`
    })
  const found: TrainingExample = { promptId: problem.id, text: problem.prompt, answer: problem.answer }
  return found
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
  limits: { readonly contextLength: number; readonly maxTokens: number }
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
  const { contextLength, maxTokens } = limits
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
  const { rule, verdict } = grade({ id: name, text: `\\boxed{${answer}}`, reference: answer })
  if (verdict !== "correct")
    return yield* refuse(
      "not-gradable",
      `not even its own answer would be graded as correct (${rule})`,
      "Write the answer as a number"
    )
})

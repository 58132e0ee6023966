/**
 * Which example a run trains on: one of the miniature's pool by name, or a file with a prompt and its answer.
 */
import { readFile } from "node:fs/promises"
import { Effect, Schema } from "effect"
import { example, exampleIds } from "../../learning/datasets/miniature/problems.ts"
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
  reason: Schema.Literals(["unknown", "unreadable", "no-prompt", "no-answer", "not-writable-by-model", "too-long"]),
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

const fromFile = Effect.fn("examples.fromFile")(function* (path: string) {
  const unreadable = (detail: string) =>
    new ExampleUnusable({ example: path, reason: "unreadable", detail, next: fileForm })
  const content = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => unreadable(error instanceof Error ? error.message : String(error))
  })
  const { answer, prompt } = yield* Schema.decodeUnknownEffect(ExampleFile)(content).pipe(
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

/** Makes sure that the model can read the prompt and could write the answer. */
export const checkWritable = Effect.fn("examples.checkWritable")(function* (
  { answer, promptId, text }: TrainingExample,
  tokenizer: Tokenizer,
  limits: { readonly contextLength: number; readonly maxTokens: number }
) {
  const unwritable = (what: string) => (error: { readonly message: string }) =>
    new ExampleUnusable({
      example: promptId,
      reason: "not-writable-by-model",
      detail: `its ${what} cannot be written: ${error.message}`,
      next: "Choose an example in the model's own notation"
    })
  const prompt = yield* tokenizer.encode(text).pipe(Effect.mapError(unwritable("prompt")))
  yield* tokenizer.encode(`\\boxed{${answer}}`).pipe(Effect.mapError(unwritable("answer")))
  if (prompt.length + limits.maxTokens > limits.contextLength)
    return yield* new ExampleUnusable({
      example: promptId,
      reason: "too-long",
      detail: `its prompt has ${prompt.length} tokens, which with ${limits.maxTokens} new ones exceeds the model's ${limits.contextLength}`,
      next: "Choose a shorter one"
    })
})

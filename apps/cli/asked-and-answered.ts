/**
 * A prompt with its answer as users write them down: {"prompt" or "messages", "answer"}, in a file or on a line of one.
 */
import { Effect, Schema } from "effect"
import { ChatMessage } from "../../learning/policy/tokenizer/chat-template.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import type { Asked, Notation } from "./notation.ts"

const Written = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.optionalKey(Schema.Unknown),
    prompt: Schema.optionalKey(Schema.Unknown),
    messages: Schema.optionalKey(Schema.NonEmptyArray(ChatMessage)),
    answer: Schema.optionalKey(Schema.Unknown)
  })
)

export interface AskedAndAnswered {
  /** As the file names it; null where it does not. */
  readonly id: string | null
  /** As the model reads it. */
  readonly text: string
  readonly answer: string
}

export const writtenForm =
  'Write it as {"prompt": "48+14-21=?\\n", "answer": "41"}, or with "messages" in place of "prompt"'

const textOf = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value : typeof value === "number" ? String(value) : null

const askedOf = (prompt: unknown, messages: ReadonlyArray<ChatMessage> | undefined): Asked | null => {
  if (messages !== undefined) return { messages }
  const text = textOf(prompt)
  return text === null ? null : { prompt: text }
}

/**
 * Reads one of them. Fails with ExampleUnusable.
 *
 * @param name what to call it in an error: the file, and the line where there are more
 */
export const readAsked = Effect.fn("askedAndAnswered.read")(function* (name: string, json: string, notation: Notation) {
  const refuse = (reason: ExampleUnusable["reason"], detail: string, next = writtenForm) =>
    new ExampleUnusable({ example: name, reason, detail, next })
  const { answer, id, messages, prompt } = yield* Schema.decodeUnknownEffect(Written)(json).pipe(
    Effect.mapError((error) => refuse("unreadable", `it is not an example: ${error.message}`))
  )
  const asked = askedOf(prompt, messages)
  if (asked === null) return yield* refuse("no-prompt", "it has no prompt")
  const reference = textOf(answer)
  if (reference === null) return yield* refuse("no-answer", "it has no answer, and a reward needs one")
  const text = yield* Effect.mapError(notation(asked), ({ message }) =>
    refuse("not-writable-by-model", message, "Give it as a plain prompt, or choose a model with a chat template")
  )
  const read: AskedAndAnswered = { id: textOf(id), text, answer: reference }
  return read
})

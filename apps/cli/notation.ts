/**
 * How a model is asked: what a prompt or a conversation becomes before it is read.
 */
import { Effect, Schema } from "effect"
import { type ChatMessage, type ChatTemplate, loadChatTemplate } from "../../learning/policy/tokenizer/chat-template.ts"
import type { Tokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder } from "../../learning/policy/tokenizer/tokenizer-folder.ts"
import { now } from "./generate-prompt.ts"

/** What a file asks: a text, or a conversation whose next turn is the model's. */
export type Asked = { readonly prompt: string } | { readonly messages: ReadonlyArray<ChatMessage> }

/** The model of this folder cannot be asked so. */
export class NotAskable extends Schema.TaggedError<NotAskable>()("NotAskable", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

export type Notation = (asked: Asked) => Effect.Effect<string, NotAskable>

/** Writes conversations as the model was trained to read them; its files are read for the first one only. */
const conversationsOf = (folder: string) => {
  let template: ChatTemplate | null = null
  return (messages: ReadonlyArray<ChatMessage>) =>
    Effect.gen(function* () {
      template ??= yield* loadChatTemplate(yield* readTokenizerFolder(folder))
      return yield* template.render(messages, true, yield* now)
    }).pipe(Effect.mapError(({ message }) => new NotAskable({ detail: message })))
}

/** Conversations by the chat template, prompts as `written` says. */
const askedBy = (folder: string, written: (prompt: string) => Effect.Effect<string, NotAskable>): Notation => {
  const conversation = conversationsOf(folder)
  return (asked) => ("messages" in asked ? conversation(asked.messages) : written(asked.prompt))
}

/** A problem is a line, as the miniature knows them. */
export const asLine = (folder: string): Notation =>
  askedBy(folder, (prompt) => Effect.succeed(prompt.endsWith("\n") ? prompt : `${prompt}\n`))

/** A prompt as it is, after what the model expects before a text: a beginning-of-sequence token by name, or nothing. */
export const asText = (folder: string, tokenizer: Tokenizer): Notation =>
  askedBy(folder, (prompt) =>
    tokenizer.encodeWithSpecial("").pipe(
      Effect.map((before) => `${tokenizer.decodeWithSpecial(before)}${prompt}`),
      Effect.mapError(({ message }) => new NotAskable({ detail: message }))
    )
  )

/** A problem and its solution that the model is shown before it is asked. */
export interface Shown {
  readonly problem: string
  readonly solution: string
}

/** What is asked comes after a turn of the user and one of the model. */
export const afterExample =
  (notation: Notation, { problem, solution }: Shown): Notation =>
  (asked) =>
    notation({
      messages: [
        { role: "user", content: problem },
        { role: "assistant", content: solution },
        ...("messages" in asked ? asked.messages : [{ role: "user", content: asked.prompt }])
      ]
    })

/** A prompt is what the user says. */
export const asChat = (folder: string): Notation => {
  const conversation = conversationsOf(folder)
  return (asked) => conversation("messages" in asked ? asked.messages : [{ role: "user", content: asked.prompt }])
}

/**
 * How a model is asked: what a prompt or a conversation becomes before it is read.
 */
import { Effect } from "effect"
import { type ChatUnusable, type Message, renderChat } from "./chat.ts"

/** What a file asks: a text, or a conversation whose next turn is the model's. */
export type Asked = { readonly prompt: string } | { readonly messages: ReadonlyArray<Message> }

export type Notation = (asked: Asked) => Effect.Effect<string, ChatUnusable>

/** A problem is a line, as the miniature knows them. */
export const asLine =
  (folder: string): Notation =>
  (asked) =>
    "messages" in asked
      ? renderChat(folder, asked.messages)
      : Effect.succeed(asked.prompt.endsWith("\n") ? asked.prompt : `${asked.prompt}\n`)

/** A prompt as it is. */
export const asText =
  (folder: string): Notation =>
  (asked) =>
    "messages" in asked ? renderChat(folder, asked.messages) : Effect.succeed(asked.prompt)

/** A prompt is what the user says. */
export const asChat =
  (folder: string): Notation =>
  (asked) =>
    renderChat(folder, "messages" in asked ? asked.messages : [{ role: "user", content: asked.prompt }])

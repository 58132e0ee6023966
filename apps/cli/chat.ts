/**
 * A conversation as a model was trained to read it: the chat template of its folder.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Template } from "@huggingface/jinja"
import { Effect, Schema } from "effect"

export const Message = Schema.Struct({ role: Schema.String, content: Schema.String })
export type Message = typeof Message.Type

/** This conversation cannot be written for this model. */
export class ChatUnusable extends Schema.TaggedError<ChatUnusable>()("ChatUnusable", {
  folder: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `the chat template of ${this.folder} cannot be used: ${this.detail}; give a plain prompt`
  }
}

const Config = Schema.fromJsonString(
  Schema.Struct({
    chat_template: Schema.String,
    bos_token: Schema.optional(Schema.Unknown),
    eos_token: Schema.optional(Schema.Unknown)
  })
)

const nameOf = (token: unknown): string =>
  typeof token === "string"
    ? token
    : typeof token === "object" && token !== null && "content" in token
      ? String(token.content)
      : ""

/** The text of a conversation up to where the model's turn begins. Fails with ChatUnusable. */
export const renderChat = Effect.fn("chat.render")(function* (folder: string, messages: ReadonlyArray<Message>) {
  const unusable = (cause: unknown) =>
    new ChatUnusable({ folder, detail: cause instanceof Error ? cause.message : String(cause) })
  const text = yield* Effect.tryPromise({
    try: () => readFile(join(folder, "tokenizer_config.json"), "utf8"),
    catch: unusable
  })
  const config = yield* Effect.mapError(Schema.decodeUnknownEffect(Config)(text), unusable)
  const variables = {
    messages: messages.map((message) => ({ ...message })),
    add_generation_prompt: true,
    bos_token: nameOf(config.bos_token),
    eos_token: nameOf(config.eos_token)
  }
  return yield* Effect.try({ try: () => new Template(config.chat_template).render(variables), catch: unusable })
})

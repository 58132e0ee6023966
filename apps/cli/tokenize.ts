/**
 * `onefold tokenize`: texts or conversations as token ids, or ids as text, line by line.
 */
import { Effect, Schema } from "effect"
import { ChatMessage, loadChatTemplate } from "../../learning/policy/tokenizer/chat-template.ts"
import type { TextTokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { now, type OpenedTokenizer, openTokenizer } from "./generate-prompt.ts"
import { InputUnusable } from "./input-unusable.ts"
import { forEachLine, writeLines } from "./json-lines.ts"
import { modelFolder } from "./model-folder.ts"

const Text = Schema.Union([
  Schema.String,
  Schema.Struct({ text: Schema.String }),
  Schema.Struct({ ids: Schema.Array(Schema.Int) })
])

const Messages = Schema.NonEmptyArray(ChatMessage)
const Chat = Schema.Union([
  Messages,
  Schema.Struct({ messages: Messages, add_generation_prompt: Schema.optional(Schema.Boolean) })
])

const decoded = (ids: Int32Array, tokenizer: TextTokenizer) => ({
  text: tokenizer.decodeWithSpecial(ids),
  textWithoutSpecial: tokenizer.decode(ids)
})

const encoded = Effect.fn("tokenize.encoded")(function* (text: string, tokenizer: TextTokenizer) {
  const ids = yield* tokenizer.encode(text)
  const idsWithSpecial = yield* tokenizer.encodeWithSpecial(text)
  return { ids: [...ids], idsWithSpecial: [...idsWithSpecial], tokens: [...ids].map(tokenizer.name) }
})

const texts = ({ tokenizer }: OpenedTokenizer) =>
  forEachLine(Text, ({ place, value }) =>
    Effect.gen(function* () {
      if (typeof value === "string" || "text" in value) {
        const text = typeof value === "string" ? value : value.text
        const refuse = ({ message }: Error) => new InputUnusable({ place, reason: message })
        return yield* writeLines([yield* Effect.mapError(encoded(text, tokenizer), refuse)])
      }
      yield* writeLines([decoded(Int32Array.from(value.ids), tokenizer)])
    })
  )

const chats = Effect.fn("tokenize.chats")(function* ({ files, tokenizer }: OpenedTokenizer) {
  const template = yield* loadChatTemplate(files)
  const time = yield* now
  yield* forEachLine(Chat, ({ place, value }) =>
    Effect.gen(function* () {
      const { add_generation_prompt = false, messages } = "messages" in value ? value : { messages: value }
      const text = yield* template.render(messages, add_generation_prompt, time)
      yield* writeLines([{ text, ids: [...(yield* tokenizer.encode(text))] }])
    }).pipe(Effect.mapError(({ message }) => new InputUnusable({ place, reason: message })))
  )
})

export const tokenize = Effect.fn("tokenize")(function* (options: { readonly model: string; readonly chat: boolean }) {
  const opened = yield* openTokenizer(yield* modelFolder(options.model))
  yield* options.chat ? chats(opened) : texts(opened)
})

/**
 * What `onefold generate` is asked to continue: a text, a conversation or token ids.
 */
import { readFile } from "node:fs/promises"
import { Clock, Effect, Schema } from "effect"
import { ChatMessage, loadChatTemplate } from "../../learning/policy/tokenizer/chat-template.ts"
import { loadTextTokenizer, type TextTokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder, type TokenizerFolder } from "../../learning/policy/tokenizer/tokenizer-folder.ts"
import { InputUnusable } from "./input-unusable.ts"
import { formOf, jsonOf } from "./json-lines.ts"

/** Flags that cannot go together, or one that is missing. */
export class OptionsConflict extends Schema.TaggedError<OptionsConflict>()("OptionsConflict", {
  reason: Schema.String
}) {
  override get message(): string {
    return this.reason
  }
}

export interface PromptFlags {
  readonly prompt: string | null
  readonly chat: string | null
  readonly tokens: string | null
}

/** A folder's tokenizer with the files it was read from. */
export interface OpenedTokenizer {
  readonly files: TokenizerFolder
  readonly tokenizer: TextTokenizer
}

export const openTokenizer = Effect.fn("openTokenizer")(function* (folder: string) {
  const files = yield* readTokenizerFolder(folder)
  const opened: OpenedTokenizer = { files, tokenizer: yield* loadTextTokenizer(files) }
  return opened
})

const Messages = Schema.NonEmptyArray(ChatMessage)
const Conversation = Schema.Union([Messages, Schema.Struct({ messages: Messages })])
const Ids = Schema.Array(Schema.Int)
const Tokens = Schema.Union([Ids, Schema.Struct({ tokens: Ids })])

const jsonFile = (path: string, flag: string) => {
  const place = `${flag} ${path}`
  return Effect.tryPromise({
    try: () => readFile(path),
    catch: (cause) => {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined
      const reason = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(cause)
      return new InputUnusable({ place, reason })
    }
  }).pipe(Effect.flatMap((bytes) => jsonOf(bytes, place)))
}

/** What strftime_now tells a chat template. */
export const now = Effect.map(Clock.currentTimeMillis, (millis) => new Date(millis))

const ofChat = Effect.fn("prompt.ofChat")(function* (path: string, { files, tokenizer }: OpenedTokenizer) {
  const content = yield* formOf(Conversation, yield* jsonFile(path, "--chat"), `--chat ${path}`)
  const template = yield* loadChatTemplate(files)
  const messages = "messages" in content ? content.messages : content
  return yield* tokenizer.encode(yield* template.render(messages, true, yield* now))
})

const ofTokens = Effect.fn("prompt.ofTokens")(function* (path: string) {
  const content = yield* formOf(Tokens, yield* jsonFile(path, "--tokens"), `--tokens ${path}`)
  return Int32Array.from("tokens" in content ? content.tokens : content)
})

/** Which of the three flags was given. Fails with OptionsConflict unless it is exactly one. */
export const chosenPrompt = ({ chat, prompt, tokens }: PromptFlags) => {
  const given = [prompt, chat, tokens].filter((flag) => flag !== null).length
  if (given !== 1) return Effect.fail(new OptionsConflict({ reason: "give one of --prompt, --chat and --tokens" }))
  if (prompt === "") return Effect.fail(new InputUnusable({ place: "--prompt", reason: "it is empty" }))
  return Effect.succeed(prompt !== null ? "--prompt" : chat !== null ? `--chat ${chat}` : `--tokens ${tokens}`)
}

/** The ids of a prompt that chosenPrompt let pass; `open` is run where it takes a tokenizer to know them. */
export const promptTokens = Effect.fn("prompt.tokens")(function* <E, R>(
  { chat, prompt, tokens }: PromptFlags,
  open: Effect.Effect<OpenedTokenizer, E, R>
) {
  if (tokens !== null) return yield* ofTokens(tokens)
  const opened = yield* open
  if (chat !== null) return yield* ofChat(chat, opened)
  return yield* opened.tokenizer.encodeWithSpecial(prompt ?? "")
})

/**
 * Chat template: a conversation as the text that a model was trained on, as the template of its Hugging Face folder says.
 *
 * Templates are written for Python's Jinja with what transformers adds to it. This is the only file that imports
 * @huggingface/jinja.
 */
import { join } from "node:path"
import { Environment, Interpreter, Template } from "@huggingface/jinja"
import { Effect, Schema } from "effect"
import { asPython, pythonFunctions } from "./chat-template-python.ts"
import type { TokenizerFolder } from "./tokenizer-folder.ts"
import { complaint, shortened, TokenizerInvalid } from "./tokenizer-invalid.ts"

/** This conversation cannot be written for this model. */
export class ChatNotWritable extends Schema.TaggedError<ChatNotWritable>()("ChatNotWritable", {
  detail: Schema.String
}) {
  override get message(): string {
    return `the conversation cannot be written for this model: ${this.detail}`
  }
}

/** A message as the template sees it, a text; templates may ask for more fields than these. */
export const ChatMessage = Schema.StructWithRest(Schema.Struct({ role: Schema.String, content: Schema.String }), [
  Schema.Record(Schema.String, Schema.Unknown)
])
export type ChatMessage = typeof ChatMessage.Type

export interface ChatTemplate {
  /**
   * The text of a conversation, special tokens in it by name: encode it without adding any.
   *
   * @param addGenerationPrompt whether it ends where the assistant's turn begins
   * @param now what strftime_now tells, in local time
   */
  readonly render: (
    messages: ReadonlyArray<ChatMessage>,
    addGenerationPrompt: boolean,
    now: Date
  ) => Effect.Effect<string, ChatNotWritable>
}

const Named = Schema.Union([Schema.String, Schema.Struct({ content: Schema.String })])
const specialTokens = ["bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token"] as const

const Source = Schema.Union([
  Schema.String,
  Schema.Array(Schema.Struct({ name: Schema.String, template: Schema.String }))
])
const Config = Schema.Struct({
  chat_template: Schema.optional(Schema.NullOr(Source)),
  ...Object.fromEntries(specialTokens.map((name) => [name, Schema.optional(Schema.NullOr(Named))]))
})

const reasonOf = (cause: unknown): string => shortened(cause instanceof Error ? cause.message : String(cause), 300)

/** The template to take, with its file, or why there is none. */
const sourceOf = (files: TokenizerFolder, own: typeof Source.Type | null | undefined) => {
  if (files.chatTemplate !== null)
    return { file: join(files.folder, "chat_template.jinja"), template: files.chatTemplate }
  const file = join(files.folder, "tokenizer_config.json")
  if (own == null) {
    const detail = `neither ${file} nor a chat_template.jinja beside it has a chat template; give a plain prompt`
    return new ChatNotWritable({ detail })
  }
  if (typeof own === "string") return { file, template: own }
  const chosen = own.find(({ name }) => name === "default")
  if (chosen !== undefined) return { file, template: chosen.template }
  const names = own.map(({ name }) => JSON.stringify(name)).join(", ")
  return new TokenizerInvalid({ file, detail: `chat_template has no template "default" among ${names}` })
}

const render = (template: Template, variables: Readonly<Record<string, unknown>>): string => {
  const environment = new Environment()
  for (const [name, value] of Object.entries(variables)) environment.set(name, value)
  return String(new Interpreter(environment).run(template.parsed).value)
}

/** The special tokens that templates may name, those that the folder has. */
const namedTokens = (config: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(
    specialTokens.flatMap((name) => {
      const token = config[name]
      if (!Schema.is(Named)(token)) return []
      return [[name, typeof token === "string" ? token : token.content]]
    })
  )

/**
 * The chat template of a folder: chat_template.jinja, or else chat_template of tokenizer_config.json.
 *
 * Fails with TokenizerInvalid where it cannot be read, with ChatNotWritable where there is none.
 */
export const loadChatTemplate = Effect.fn("loadChatTemplate")(function* (files: TokenizerFolder) {
  const place = join(files.folder, "tokenizer_config.json")
  const config = yield* Effect.mapError(
    Schema.decodeUnknownEffect(Config)(files.config),
    (error) => new TokenizerInvalid({ file: place, detail: complaint(error) })
  )
  const source = sourceOf(files, config.chat_template)
  if (source instanceof ChatNotWritable || source instanceof TokenizerInvalid) return yield* source
  const template = yield* Effect.try({
    try: () => {
      const parsed = new Template(source.template)
      asPython(parsed.parsed)
      return parsed
    },
    catch: (cause) => new TokenizerInvalid({ file: source.file, detail: `chat_template: ${reasonOf(cause)}` })
  })
  const tokens = namedTokens(config)
  const chat: ChatTemplate = {
    render: (messages, addGenerationPrompt, now) =>
      Effect.try({
        try: () =>
          render(template, {
            ...pythonFunctions(now),
            ...tokens,
            messages,
            tools: null,
            documents: null,
            add_generation_prompt: addGenerationPrompt
          }),
        catch: (cause) => new ChatNotWritable({ detail: reasonOf(cause) })
      })
  }
  return chat
})

/**
 * The files of a Hugging Face folder that say how text becomes tokens.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import { findFile } from "../checkpoint/checkpoint-files.ts"
import type { TokenizerFiles } from "./tokenizer.ts"
import { shortened, TokenizerInvalid } from "./tokenizer-invalid.ts"

export interface TokenizerFolder extends TokenizerFiles {
  readonly folder: string
  /** chat_template.jinja, or null where there is none. */
  readonly chatTemplate: string | null
}

const reasonOf = (cause: unknown): string => shortened(cause instanceof Error ? cause.message : String(cause), 200)

/** A file's text, or null where there is none. A link may not lead out of the folder. */
const readText = Effect.fn("readTokenizerFolder.readText")(function* (folder: string, name: string) {
  const invalid = (detail: string) => new TokenizerInvalid({ file: join(folder, name), detail })
  const found = yield* Effect.mapError(findFile(folder, name), ({ reason }) => invalid(reason))
  if (found === null) return null
  return yield* Effect.tryPromise({
    try: async () => new TextDecoder("utf-8", { fatal: true }).decode(await readFile(found.path)),
    catch: (cause) => invalid(reasonOf(cause))
  })
})

const parsed = (file: string, text: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => new TokenizerInvalid({ file, detail: `it is no JSON: ${reasonOf(cause)}` })
  })

/** Fails with TokenizerInvalid where a file cannot be read; a folder may lack tokenizer_config.json. */
export const readTokenizerFolder = Effect.fn("readTokenizerFolder")(function* (folder: string) {
  const file = join(folder, "tokenizer.json")
  const text = yield* readText(folder, "tokenizer.json")
  if (text === null) return yield* new TokenizerInvalid({ file, detail: "there is no such file" })
  const tokenizer = yield* parsed(file, text)
  const configFile = join(folder, "tokenizer_config.json")
  const configText = yield* readText(folder, "tokenizer_config.json")
  const config = configText === null ? {} : yield* parsed(configFile, configText)
  const chatTemplate = yield* readText(folder, "chat_template.jinja")
  const files: TokenizerFolder = { folder, tokenizer, config, chatTemplate }
  return files
})

/**
 * The files of a Hugging Face folder that say how text becomes tokens.
 */
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import type { TokenizerFiles } from "./tokenizer.ts"
import { shortened, TokenizerInvalid } from "./tokenizer-invalid.ts"

export interface TokenizerFolder extends TokenizerFiles {
  readonly folder: string
  /** chat_template.jinja, or null where there is none. */
  readonly chatTemplate: string | null
}

const reasonOf = (cause: unknown): string => shortened(cause instanceof Error ? cause.message : String(cause), 200)

const isMissing = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ENOENT"

/** A file's text, or null where there is none. */
const readText = (file: string) =>
  Effect.tryPromise({
    try: async () => {
      const bytes = await readFile(file).catch((cause) => {
        if (isMissing(cause)) return null
        throw cause
      })
      return bytes === null ? null : new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    },
    catch: (cause) => new TokenizerInvalid({ file, detail: reasonOf(cause) })
  })

const parsed = (file: string, text: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => new TokenizerInvalid({ file, detail: `it is no JSON: ${reasonOf(cause)}` })
  })

/** Fails with TokenizerInvalid where a file cannot be read; a folder may lack tokenizer_config.json. */
export const readTokenizerFolder = Effect.fn("readTokenizerFolder")(function* (folder: string) {
  const file = join(folder, "tokenizer.json")
  const text = yield* readText(file)
  if (text === null) return yield* new TokenizerInvalid({ file, detail: "there is no such file" })
  const tokenizer = yield* parsed(file, text)
  const configFile = join(folder, "tokenizer_config.json")
  const configText = yield* readText(configFile)
  const config = configText === null ? {} : yield* parsed(configFile, configText)
  const chatTemplate = yield* readText(join(folder, "chat_template.jinja"))
  const files: TokenizerFolder = { folder, tokenizer, config, chatTemplate }
  return files
})

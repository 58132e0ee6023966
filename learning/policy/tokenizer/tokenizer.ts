/**
 * Tokenizer: text to token ids and back, as the tokenizer.json of a Hugging Face folder says.
 *
 * Text that the vocabulary cannot write is an error, never an unknown token. This is the only file that imports
 * @huggingface/tokenizers.
 */
import { join } from "node:path"
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers"
import { Effect, Schema } from "effect"
import { coversAllBytes, textOfBytes } from "./tokenizer-bytes.ts"
import { readTokenizerFile, type TokenizerFile } from "./tokenizer-file.ts"
import { complaint, shortened, TokenizerInvalid } from "./tokenizer-invalid.ts"
import { restated } from "./tokenizer-splitting.ts"

export { TokenizerInvalid }

/** A text holds something that no token of this vocabulary writes. */
export class TextNotWritable extends Schema.TaggedError<TextNotWritable>()("TextNotWritable", {
  text: Schema.String,
  /** The part of the text without a token; the whole text where the tokenizer does not tell. */
  piece: Schema.String
}) {
  override get message(): string {
    const piece = JSON.stringify(shortened(this.piece))
    const text = JSON.stringify(shortened(this.text))
    return `this model's tokenizer has no token for ${piece} in ${text}; write it with the characters the model knows`
  }
}

/** What needs nothing but a vocabulary. */
export interface TextTokenizer {
  /** Ids of a text, without special tokens added around it; special tokens written in the text become their ids. */
  readonly encode: (text: string) => Effect.Effect<Int32Array, TextNotWritable>
  /** As encode, with what the model expects around a text: a beginning-of-sequence token, or nothing. */
  readonly encodeWithSpecial: (text: string) => Effect.Effect<Int32Array, TextNotWritable>
  /** The text of ids, special tokens and ids beyond the vocabulary left out. */
  readonly decode: (ids: Int32Array) => string
  /** As decode, special tokens by name. */
  readonly decodeWithSpecial: (ids: Int32Array) => string
  /** The text of one token as tables show it, special tokens by name; "" beyond the vocabulary. */
  readonly token: (id: number) => string
  /** A token as the vocabulary writes it ("Ġthe"); "" beyond the vocabulary. */
  readonly name: (id: number) => string
  /** One more than the highest id. A model may have more rows. */
  readonly vocabularySize: number
}

export interface Tokenizer extends TextTokenizer {
  readonly eosId: number
  /** The padding token, or the end-of-sequence token where there is none. */
  readonly padId: number
}

const Named = Schema.Union([Schema.String, Schema.Struct({ content: Schema.String })])

const ConfigFile = Schema.Struct({
  eos_token: Schema.optionalKey(Schema.NullOr(Named)),
  pad_token: Schema.optionalKey(Schema.NullOr(Named))
})

export interface TokenizerFiles {
  /** tokenizer.json, parsed. */
  readonly tokenizer: unknown
  /** tokenizer_config.json, parsed. */
  readonly config: unknown
  /** The folder they come from, for errors to name; none where they come from no folder. */
  readonly folder?: string
}

const nameOf = (files: TokenizerFiles, file: "tokenizer.json" | "tokenizer_config.json"): string =>
  files.folder === undefined ? file : join(files.folder, file)

const withoutSpace = (text: string): string => text.replace(/\s/g, "")

/** What the library says of a text; an id is undefined where a word is no token. */
interface Encoding {
  readonly ids: ReadonlyArray<number | undefined>
  readonly tokens: ReadonlyArray<string>
}

/**
 * What in `text` the ids do not say; undefined when they say all of it.
 *
 * A word that is no token has no id or the unknown token's. A byte that is no token is dropped by the library without a
 * trace: given `again`, the ids are decoded and compared, but for white space, which special tokens may take in.
 */
const unwritten = (
  library: HuggingFaceTokenizer,
  text: string,
  encoding: Encoding,
  again: ((encoding: Encoding) => string) | null
): string | undefined => {
  const unknown = library.model?.unk_token
  const unknownId = typeof unknown === "string" && !text.includes(unknown) ? library.model?.unk_token_id : undefined
  const at = encoding.ids.findIndex((id) => id === undefined || id === unknownId)
  if (at >= 0) return text.includes(encoding.tokens[at]) ? encoding.tokens[at] : text
  if (again === null) return undefined
  const normal: string = library.normalizer === null ? text : library.normalizer.normalize(text)
  return withoutSpace(again(encoding)) === withoutSpace(normal) ? undefined : text
}

/** How the file's decoder writes ids that all have names. */
const writerOf = (library: HuggingFaceTokenizer, { decoder, names }: TokenizerFile) => {
  const namesOf = (ids: ReadonlyArray<number>) => ids.map((id) => names.get(id) ?? "")
  if (decoder?.type === "Fuse") return (ids: ReadonlyArray<number>) => namesOf(ids).join("")
  // The library decodes the bytes on either side of an added token by themselves; the original, all of them together.
  if (decoder?.type === "ByteLevel") return (ids: ReadonlyArray<number>) => textOfBytes(namesOf(ids))
  return (ids: ReadonlyArray<number>) =>
    // Never "clean up": the text is what the tokens say, a space before a full stop included.
    ids.length === 0 ? "" : library.decode([...ids], { clean_up_tokenization_spaces: false })
}

const loneSurrogate = /\p{Surrogate}/u

const tokenizerOf = (library: HuggingFaceTokenizer, file: TokenizerFile): TextTokenizer => {
  const { added_tokens, decoder, names } = file
  const special = new Set(added_tokens.filter((token) => token.special).map(({ id }) => id))
  const text = writerOf(library, file)
  const mayDrop = decoder?.type === "ByteLevel" && !coversAllBytes(file.ids)
  const encode = (written: string, add_special_tokens: boolean) =>
    Effect.suspend(() => {
      const half = loneSurrogate.exec(written)?.[0] // JSON can hold half a character; no bytes can
      if (half !== undefined) return Effect.fail(new TextNotWritable({ text: written, piece: half }))
      const encoding = library.encode(written, { add_special_tokens: false })
      const piece = unwritten(library, written, encoding, mayDrop ? ({ ids }) => text(ids.map(Number)) : null)
      if (piece !== undefined) return Effect.fail(new TextNotWritable({ text: written, piece }))
      return Effect.succeed(
        Int32Array.from(add_special_tokens ? library.encode(written, { add_special_tokens }).ids : encoding.ids)
      )
    })
  const shown = new Map<number, string>()
  return {
    encode: (written) => encode(written, false),
    encodeWithSpecial: (written) => encode(written, true),
    decode: (tokens) => text([...tokens].filter((id) => names.has(id) && !special.has(id))),
    decodeWithSpecial: (tokens) => text([...tokens].filter((id) => names.has(id))),
    token: (id) => {
      const known = shown.get(id)
      if (known !== undefined) return known
      const piece = names.has(id) ? text([id]) : ""
      shown.set(id, piece)
      return piece
    },
    name: (id) => names.get(id) ?? "",
    vocabularySize: [...names.keys()].reduce((most, id) => Math.max(most, id + 1), 0)
  }
}

const readConfig = (files: TokenizerFiles) =>
  Schema.decodeUnknownEffect(ConfigFile)(files.config).pipe(
    Effect.mapError(
      (error) => new TokenizerInvalid({ file: nameOf(files, "tokenizer_config.json"), detail: complaint(error) })
    )
  )

const contentOf = (token: typeof Named.Type): string => (typeof token === "string" ? token : token.content)

const load = Effect.fn("loadTokenizer.load")(function* (files: TokenizerFiles) {
  const place = nameOf(files, "tokenizer.json")
  const file = yield* readTokenizerFile(files.tokenizer, place)
  const config = yield* readConfig(files)
  const eos_token = config.eos_token == null ? undefined : contentOf(config.eos_token)
  const library = yield* Effect.try({
    try: () => {
      const told = { ...Object(files.tokenizer), pre_tokenizer: restated(file.pre_tokenizer) }
      // Nothing else of tokenizer_config.json: what changes ids stands in tokenizer.json.
      const made = new HuggingFaceTokenizer(told, { eos_token })
      made.encode("1 a") // some of what is wrong with its parts shows only when they are used
      return made
    },
    catch: (cause) =>
      new TokenizerInvalid({ file: place, detail: cause instanceof Error ? cause.message : String(cause) })
  })
  return { file, config, tokenizer: tokenizerOf(library, file) }
})

/** The tokenizer of a Hugging Face folder; fails with what is wrong in which of the two files. */
export const loadTextTokenizer = (files: TokenizerFiles) => Effect.map(load(files), ({ tokenizer }) => tokenizer)

/** As loadTextTokenizer, for those who end sequences and pad them: fails where the folder names no end of sequence. */
export const loadTokenizer = Effect.fn("loadTokenizer")(function* (files: TokenizerFiles) {
  const { config, file, tokenizer } = yield* load(files)
  const refuse = (detail: string) => new TokenizerInvalid({ file: nameOf(files, "tokenizer_config.json"), detail })

  const idOf = Effect.fnUntraced(function* (field: string, token: typeof Named.Type) {
    const content = contentOf(token)
    return file.ids.get(content) ?? (yield* refuse(`its ${field} ${JSON.stringify(content)} is not in tokenizer.json`))
  })
  if (config.eos_token == null) return yield* refuse("it has no eos_token, and here sequences must end")
  const eosId = yield* idOf("eos_token", config.eos_token)
  const padId = config.pad_token == null ? eosId : yield* idOf("pad_token", config.pad_token)
  const whole: Tokenizer = { ...tokenizer, eosId, padId }
  return whole
})

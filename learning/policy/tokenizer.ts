/**
 * Tokenizer: text to token ids and back, as the tokenizer.json of a Hugging Face folder says.
 *
 * Text that the vocabulary cannot write is an error, never an unknown token. This is the only file that imports
 * @huggingface/tokenizers.
 */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers"
import { Effect, Schema } from "effect"

/** tokenizer.json or tokenizer_config.json is not one that can be used. */
export class TokenizerInvalid extends Schema.TaggedError<TokenizerInvalid>()("TokenizerInvalid", {
  file: Schema.Literals(["tokenizer.json", "tokenizer_config.json"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file} cannot be used: ${this.detail}; copy it again from the checkpoint it belongs to`
  }
}

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

const shortened = (text: string, limit = 80): string => (text.length > limit ? `${text.slice(0, limit)}…` : text)

export interface Tokenizer {
  /** Ids of a text, without special tokens added around it; special tokens written in the text become their ids. */
  readonly encode: (text: string) => Effect.Effect<Int32Array, TextNotWritable>
  /** The text of ids, special tokens and ids beyond the vocabulary left out. */
  readonly decode: (ids: Int32Array) => string
  /** The text of one token as tables show it, special tokens by name; "" beyond the vocabulary. */
  readonly token: (id: number) => string
  /** One more than the highest id. A model may have more rows. */
  readonly vocabularySize: number
  readonly eosId: number
  /** The padding token, or the end-of-sequence token where there is none. */
  readonly padId: number
}

const Id = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))

/** The part of tokenizer.json this file reads itself. */
const TokenizerFile = Schema.Struct({
  added_tokens: Schema.Array(Schema.Struct({ id: Id, content: Schema.String, special: Schema.Boolean })),
  decoder: Schema.NullOr(Schema.Struct({ type: Schema.String })),
  model: Schema.Struct({
    vocab: Schema.Union([
      Schema.Record(Schema.String, Id),
      Schema.Array(Schema.Tuple([Schema.String, Schema.Number])) // Unigram: the id is the place
    ])
  })
})
type TokenizerFile = typeof TokenizerFile.Type

const Named = Schema.Union([Schema.String, Schema.Struct({ content: Schema.String })])

const ConfigFile = Schema.Struct({
  eos_token: Named,
  pad_token: Schema.optionalKey(Schema.NullOr(Named))
})

export interface TokenizerFiles {
  /** tokenizer.json, parsed. */
  readonly tokenizer: unknown
  /** tokenizer_config.json, parsed. */
  readonly config: unknown
}

type File = TokenizerInvalid["file"]

const invalid = (file: File, detail: string) => new TokenizerInvalid({ file, detail })

const read = <A, I>(file: File, schema: Schema.Codec<A, I>, content: unknown) =>
  Schema.decodeUnknownEffect(schema)(content).pipe(
    Effect.mapError((error) => invalid(file, shortened(error.message, 400)))
  )

/** Names by id; fails when two tokens claim one id. */
const namesById = Effect.fn("loadTokenizer.namesById")(function* ({ added_tokens, model }: TokenizerFile) {
  const own: Array<readonly [string, number]> = Array.isArray(model.vocab)
    ? model.vocab.map(([token], id) => [token, id])
    : Object.entries(model.vocab)
  const names: Array<string | undefined> = []
  for (const [token, id] of own.concat(added_tokens.map(({ content, id }) => [content, id]))) {
    if (names[id] !== undefined && names[id] !== token) {
      const both = `${JSON.stringify(names[id])} and ${JSON.stringify(token)}`
      return yield* invalid("tokenizer.json", `the id ${id} belongs to both ${both}`)
    }
    names[id] = token
  }
  return names
})

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

const tokenizerOf = (
  library: HuggingFaceTokenizer,
  names: ReadonlyArray<string | undefined>,
  file: TokenizerFile,
  ids: { readonly eosId: number; readonly padId: number }
): Tokenizer => {
  const special = new Set(file.added_tokens.filter((token) => token.special).map(({ id }) => id))
  /** Where tokens are joined as they are, a text is its tokens' names in a row. */
  const isPlain = file.decoder?.type === "Fuse"
  const mayDrop = file.decoder?.type === "ByteLevel"
  const text = (ids: Array<number>): string =>
    ids.length === 0
      ? ""
      : isPlain
        ? ids.map((id) => names[id]).join("")
        : // Never "clean up": the text is what the tokens say, a space before a full stop included.
          library.decode(ids, { clean_up_tokenization_spaces: false })
  const named = (id: number) => names[id] !== undefined
  const shown = new Map<number, string>()
  return {
    encode: (written) =>
      Effect.suspend(() => {
        const encoding = library.encode(written, { add_special_tokens: false })
        const piece = unwritten(library, written, encoding, mayDrop ? ({ ids }) => text(ids.map(Number)) : null)
        return piece === undefined
          ? Effect.succeed(Int32Array.from(encoding.ids))
          : Effect.fail(new TextNotWritable({ text: written, piece }))
      }),
    decode: (tokens) => text([...tokens].filter((id) => named(id) && !special.has(id))),
    token: (id) => {
      const known = shown.get(id)
      if (known !== undefined) return known
      const piece = named(id) ? text([id]) : ""
      shown.set(id, piece)
      return piece
    },
    vocabularySize: names.length,
    ...ids
  }
}

/** Builds the tokenizer of a Hugging Face folder; fails with what is wrong in which of the two files. */
export const loadTokenizer = Effect.fn("loadTokenizer")(function* (files: TokenizerFiles) {
  const file = yield* read("tokenizer.json", TokenizerFile, files.tokenizer)
  const config = yield* read("tokenizer_config.json", ConfigFile, files.config)
  const names = yield* namesById(file)
  const library = yield* Effect.try({
    try: () => new HuggingFaceTokenizer(Object(files.tokenizer), Object(files.config)),
    catch: (cause) => invalid("tokenizer.json", cause instanceof Error ? cause.message : String(cause))
  })

  const idOf = Effect.fnUntraced(function* (field: string, token: typeof Named.Type) {
    const content = typeof token === "string" ? token : token.content
    const id = names.indexOf(content)
    if (id >= 0) return id
    return yield* invalid("tokenizer_config.json", `its ${field} ${JSON.stringify(content)} is not in tokenizer.json`)
  })
  const eosId = yield* idOf("eos_token", config.eos_token)
  const padId = config.pad_token == null ? eosId : yield* idOf("pad_token", config.pad_token)
  return tokenizerOf(library, names, file, { eosId, padId })
})

/**
 * What tokenizer.json says, checked before the library sees it: the library believes whatever it is given.
 *
 * A vocabulary in which every id has one token and every token one id, merges of tokens that exist, and no setting that
 * the library would leave out in silence.
 */
import { Effect, Schema } from "effect"
import { complaint, shortened, TokenizerInvalid } from "./tokenizer-invalid.ts"

const largestId = 2 ** 24 - 1
const isId = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= largestId
const Id = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: largestId }))

const AddedToken = Schema.Struct({
  id: Id,
  content: Schema.NonEmptyString,
  special: Schema.Boolean,
  single_word: Schema.optional(Schema.Boolean)
})

const Shell = Schema.Struct({
  added_tokens: Schema.Array(AddedToken),
  pre_tokenizer: Schema.optional(Schema.Unknown),
  post_processor: Schema.optional(Schema.Unknown),
  decoder: Schema.NullOr(Schema.Struct({ type: Schema.String })),
  model: Schema.Struct({
    type: Schema.optional(Schema.Literals(["BPE", "WordLevel", "WordPiece", "Unigram"])),
    vocab: Schema.Unknown,
    merges: Schema.optional(Schema.Unknown),
    unk_token: Schema.optional(Schema.NullOr(Schema.String)),
    dropout: Schema.optional(Schema.NullOr(Schema.Number)),
    continuing_subword_prefix: Schema.optional(Schema.NullOr(Schema.String))
  })
})
type Shell = typeof Shell.Type

export interface TokenizerFile extends Shell {
  readonly names: ReadonlyMap<number, string>
  readonly ids: ReadonlyMap<string, number>
}

type Refuse = (detail: string) => TokenizerInvalid

const shown = (value: unknown): string => shortened(JSON.stringify(value) ?? "nothing", 60)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Every token of model.vocab with its id, in the file's order; in a list, as Unigram has it, the id is the place. */
const vocabularyOf = (vocab: unknown, refuse: Refuse): ReadonlyArray<readonly [string, number]> | TokenizerInvalid => {
  if (Array.isArray(vocab)) {
    const odd = vocab.findIndex((entry) => !Array.isArray(entry) || typeof entry[0] !== "string")
    if (odd >= 0) return refuse(`model.vocab[${odd}] is ${shown(vocab[odd])}, no token with its score`)
    return vocab.map(([token]: [string], id) => [token, id])
  }
  if (!isObject(vocab)) return refuse(`model.vocab is ${shown(vocab)}, no tokens with their ids`)
  const pairs: Array<readonly [string, number]> = []
  for (const [token, id] of Object.entries(vocab)) {
    if (!isId(id)) return refuse(`model.vocab[${shown(token)}] is ${shown(id)}, no token id`)
    pairs.push([token, id])
  }
  return pairs
}

/** Names by id and ids by name, or the first id of two tokens, or token of two ids. */
const bothWays = (pairs: Iterable<readonly [string, number]>, refuse: Refuse) => {
  const names = new Map<number, string>()
  const ids = new Map<string, number>()
  for (const [token, id] of pairs) {
    const name = names.get(id)
    if (name !== undefined && name !== token)
      return refuse(`the id ${id} belongs to both ${shown(name)} and ${shown(token)}`)
    const other = ids.get(token)
    if (other !== undefined && other !== id) return refuse(`the token ${shown(token)} has two ids, ${other} and ${id}`)
    names.set(id, token)
    ids.set(token, id)
  }
  return { names, ids }
}

/** The parts of one merge, which published files write as "a b" or as ["a", "b"]. */
const partsOf = (merge: unknown): ReadonlyArray<unknown> =>
  typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : []

/** The first merge that does not join two tokens into a third, or null. */
const oddMerge = ({ merges, type }: Shell["model"], ids: ReadonlyMap<string, number>, refuse: Refuse) => {
  if (type !== "BPE" && merges === undefined) return null
  if (!Array.isArray(merges)) return refuse(`model.merges is ${shown(merges)}, no list of merges`)
  for (const [rank, merge] of merges.entries()) {
    const [left, right, ...more] = partsOf(merge)
    const refuseMerge = (why: string) => refuse(`model.merges[${rank}] is ${shown(merge)}, ${why}`)
    if (typeof merge !== typeof merges[0]) return refuseMerge("written in another form than the first")
    if (typeof left !== "string" || typeof right !== "string" || more.length > 0) return refuseMerge("no two tokens")
    const unknown = [left, right, left + right].find((token) => !ids.has(token))
    if (unknown !== undefined) return refuseMerge(`but model.vocab has no token ${shown(unknown)}`)
  }
  return null
}

const Template = Schema.Struct({
  type: Schema.Literal("TemplateProcessing"),
  single: Schema.Array(
    Schema.Union([
      Schema.Struct({ SpecialToken: Schema.Struct({ id: Schema.String }) }),
      Schema.Struct({ Sequence: Schema.Struct({ id: Schema.Literal("A") }) })
    ])
  ),
  special_tokens: Schema.Record(Schema.String, Schema.Struct({ ids: Schema.Array(Schema.Int) }))
})

/** The first special token of a template whose id is not the vocabulary's, or null. The library looks it up by name. */
const oddTemplate = (part: unknown, ids: ReadonlyMap<string, number>, refuse: Refuse): TokenizerInvalid | null => {
  if (!isObject(part)) return null
  if (part.type === "Sequence" && Array.isArray(part.processors)) {
    for (const inner of part.processors) {
      const problem = oddTemplate(inner, ids, refuse)
      if (problem !== null) return problem
    }
  }
  if (part.type !== "TemplateProcessing") return null
  if (!Schema.is(Template)(part)) return refuse(`post_processor is ${shown(part)}, no template of one text`)
  for (const item of part.single) {
    if (!("SpecialToken" in item)) continue
    const name = item.SpecialToken.id
    const own = part.special_tokens[name]?.ids ?? []
    if (own.length !== 1 || own[0] !== ids.get(name)) {
      return refuse(`post_processor gives ${shown(name)} the ids ${shown(own)}, the vocabulary ${shown(ids.get(name))}`)
    }
  }
  return null
}

/** The first setting that changes ids and that the library does not know, or null. */
const unsupported = ({ added_tokens, model }: Shell, refuse: Refuse): TokenizerInvalid | null => {
  if ((model.dropout ?? 0) !== 0) return refuse("model.dropout is not supported: a text would have no certain ids")
  if (model.type === "BPE" && (model.continuing_subword_prefix ?? "") !== "") {
    return refuse("model.continuing_subword_prefix is not supported")
  }
  const lone = added_tokens.find((token) => token.single_word === true)
  return lone === undefined ? null : refuse(`added_tokens: ${shown(lone.content)} has single_word, not supported`)
}

/**
 * @param content tokenizer.json, parsed
 * @param file what to call it in an error
 *
 * Fails with TokenizerInvalid, naming the field.
 */
export const readTokenizerFile = Effect.fn("readTokenizerFile")(function* (content: unknown, file: string) {
  const refuse: Refuse = (detail) => new TokenizerInvalid({ file, detail })
  if (!isObject(content)) return yield* refuse(`it holds ${shown(content)}, no tokenizer`)
  for (const field of ["model", "added_tokens"])
    if (content[field] === undefined) return yield* refuse(`it has no ${field}`)
  const shell = yield* Effect.mapError(Schema.decodeUnknownEffect(Shell)(content), (error) => refuse(complaint(error)))
  const vocabulary = vocabularyOf(shell.model.vocab, refuse)
  if (vocabulary instanceof TokenizerInvalid) return yield* vocabulary
  const added = shell.added_tokens.map(({ content, id }) => [content, id] as const)
  const maps = bothWays([...vocabulary, ...added], refuse)
  if (maps instanceof TokenizerInvalid) return yield* maps
  const problem =
    oddMerge(shell.model, maps.ids, refuse) ??
    oddTemplate(shell.post_processor, maps.ids, refuse) ??
    unsupported(shell, refuse)
  if (problem !== null) return yield* problem
  const checked: TokenizerFile = { ...shell, ...maps }
  return checked
})

import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { tokenizerConfigJson, tokenizerJson } from "../../datasets/miniature/tokenizer-json.ts"
import { goldenJson, goldenPath, goldenTitle, hasGolden } from "../policies-for-tests.ts"
import { ChatMessage, loadChatTemplate } from "./chat-template.ts"
import { loadTextTokenizer, loadTokenizer } from "./tokenizer.ts"
import { readTokenizerFolder } from "./tokenizer-folder.ts"

/** A byte-level BPE that knows the bytes of "ab é" and one merge, and no others. */
const bytePair = {
  added_tokens: [{ id: 7, content: "<end>", special: true }],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
  post_processor: null,
  decoder: { type: "ByteLevel" },
  model: {
    type: "BPE",
    vocab: { a: 0, b: 1, Ġ: 2, Ã: 3, "©": 4, ab: 5, ".": 6 },
    merges: [["a", "b"]]
  }
}
const bytePairConfig = { eos_token: { content: "<end>" }, pad_token: null, clean_up_tokenization_spaces: true }

const bytes = loadTokenizer({ tokenizer: bytePair, config: bytePairConfig })

describe("a byte-level tokenizer", () => {
  it.effect("given a text, then it is written and read back as it was, spaces before a full stop too", () =>
    Effect.gen(function* () {
      const tokenizer = yield* bytes
      const ids = yield* tokenizer.encode("ab é .")
      assert.deepStrictEqual(ids, Int32Array.of(5, 2, 3, 4, 2, 6))
      assert.strictEqual(tokenizer.decode(ids), "ab é .")
    })
  )

  it.effect("given half a character, then the replacement character, alone or in a table", () =>
    Effect.gen(function* () {
      const tokenizer = yield* bytes
      assert.strictEqual(tokenizer.decode(Int32Array.of(3)), "�")
      assert.strictEqual(tokenizer.token(3), "�")
      assert.strictEqual(tokenizer.token(2), " ")
      assert.strictEqual(tokenizer.token(5), "ab")
    })
  )

  it.effect(
    "given special tokens and ids beyond the vocabulary, then decode leaves them out; tables show the special",
    () =>
      Effect.gen(function* () {
        const tokenizer = yield* bytes
        assert.strictEqual(tokenizer.decode(Int32Array.of(0, 7, 99, 1, -1)), "ab")
        assert.strictEqual(tokenizer.decode(new Int32Array(0)), "")
        assert.strictEqual(tokenizer.token(7), "<end>")
        assert.strictEqual(tokenizer.token(99), "")
        assert.deepInclude(tokenizer, { vocabularySize: 8, eosId: 7, padId: 7 })
      })
  )

  it.effect("given a byte that is no token, then it fails instead of dropping it", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* bytes).encode("abc"))
      assert.deepInclude(error, { _tag: "TextNotWritable", text: "abc", piece: "abc" })
    })
  )
})

const broken: ReadonlyArray<readonly [string, unknown, unknown, RegExp]> = [
  ["no object", "{", tokenizerConfigJson, /^tokenizer\.json cannot be used: /],
  ["no vocabulary", { ...tokenizerJson, model: { type: "WordLevel" } }, tokenizerConfigJson, /vocab/],
  [
    "a part missing",
    { ...tokenizerJson, post_processor: undefined },
    tokenizerConfigJson,
    /post_processor|tokenizer\.json/
  ],
  [
    "an unknown decoder",
    { ...tokenizerJson, decoder: { type: "Telepathy" } },
    tokenizerConfigJson,
    /tokenizer\.json cannot be used: .*Telepathy/
  ],
  [
    "one id for two tokens",
    { ...tokenizerJson, model: { ...tokenizerJson.model, vocab: { a: 0, b: 0 } } },
    tokenizerConfigJson,
    /the id 0 belongs to both "a" and "b"/
  ],
  ["no end token", tokenizerJson, {}, /^tokenizer_config\.json cannot be used: .*eos_token/s],
  ["a strange end token", tokenizerJson, { eos_token: "<fin>" }, /its eos_token "<fin>" is not in tokenizer\.json/]
]

describe("loadTokenizer", () => {
  it.effect.each(broken)("given %s, then it fails and says which file and why", ([, tokenizer, config, expected]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(loadTokenizer({ tokenizer, config }))
      assert.strictEqual(error._tag, "TokenizerInvalid")
      assert.match(error.message, expected)
    })
  )
})

/** A byte-level BPE of every byte and a few merges, as published ones are. */
const everyByte = (model: object = {}, more: object = {}) => ({
  added_tokens: [
    { id: 300, content: "<s>", special: true },
    { id: 301, content: "<think>", special: false }
  ],
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    special_tokens: { "<s>": { id: "<s>", ids: [300], tokens: ["<s>"] } }
  },
  decoder: { type: "ByteLevel" },
  model: { type: "BPE", vocab: byteVocabulary, merges: ["h e", "Ġ Â"], ...model },
  ...more
})

const printing = [...Array(256).keys()].filter((b) => (b > 32 && b < 127) || (b > 160 && b !== 173))
const others = [...Array(256).keys()].filter((b) => !printing.includes(b))
const byteVocabulary: Readonly<Record<string, number>> = Object.fromEntries([
  ...printing.map((byte) => [String.fromCharCode(byte), byte]),
  ...others.map((byte, i) => [String.fromCharCode(256 + i), byte]),
  ["he", 256],
  ["ĠÂ", 257]
])

describe("what the library does otherwise than the original", () => {
  const words = (text: string, pre_tokenizer: object) =>
    Effect.gen(function* () {
      const tokenizer = yield* loadTextTokenizer({ tokenizer: everyByte({}, { pre_tokenizer }), config: {} })
      return [...(yield* tokenizer.encode(text))].map(tokenizer.name).join(" ")
    })
  const digits = { type: "Digits", individual_digits: true }
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: true }
  const both = { type: "Sequence", pretokenizers: [digits, byteLevel] }

  it.effect.each([
    ["a number that is no ASCII digit", " ²", both, "Ġ Â ²"],
    ["the same without digits set apart", " ²", byteLevel, "ĠÂ ²"],
    ["U+0085, which is white space", " \u0085x", byteLevel, "Ġ Â ħ x"],
    ["U+FEFF, which is none", "\ufeff's", byteLevel, "ï » ¿ ' s"],
    ["a text to put a space before", "𝒳", { ...byteLevel, add_prefix_space: true }, "Ġ ð Ŀ Ĵ ³"]
  ] as const)("given %s, then the words are the original's", ([, text, pre_tokenizer, expected]) =>
    Effect.map(words(text, pre_tokenizer), (found) => assert.strictEqual(found, expected))
  )

  it.effect("given bytes on both sides of an added token, then special tokens are told by name or left out", () =>
    Effect.gen(function* () {
      const tokenizer = yield* loadTextTokenizer({ tokenizer: everyByte(), config: {} })
      const ids = yield* tokenizer.encodeWithSpecial("he<think>é")
      assert.deepStrictEqual([...ids], [300, 256, 301, 0xc3, 0xa9])
      assert.strictEqual(tokenizer.decodeWithSpecial(ids), "<s>he<think>é")
      assert.strictEqual(tokenizer.decode(ids), "he<think>é")
      assert.strictEqual(tokenizer.decode(ids.subarray(0, 4)), "he<think>\ufffd")
    })
  )

  it.effect("given half a character, which no bytes can write, then it fails instead of writing another", () =>
    Effect.gen(function* () {
      const tokenizer = yield* loadTextTokenizer({ tokenizer: everyByte(), config: {} })
      assert.strictEqual((yield* Effect.flip(tokenizer.encode("a\ud800"))).piece, "\ud800")
    })
  )
})

const corrupt: ReadonlyArray<readonly [string, unknown, RegExp]> = [
  ["no object", [], /it holds \[\], no tokenizer/],
  ["no model", { ...everyByte(), model: undefined }, /it has no model/],
  ["no added tokens", { ...everyByte(), added_tokens: undefined }, /it has no added_tokens/],
  ["an unknown model", everyByte({ type: "Magic" }), /\["model"\]\["type"\]/],
  ["a vocabulary that is text", everyByte({ vocab: "abc" }), /model\.vocab is "abc"/],
  ["an id that is text", everyByte({ vocab: { a: "0" } }), /model\.vocab\["a"\] is "0", no token id/],
  ["an id below zero", everyByte({ vocab: { a: -1 } }), /model\.vocab\["a"\] is -1/],
  ["an id beyond reason", everyByte({ vocab: { a: 2 ** 40 } }), /model\.vocab\["a"\] is 1099511627776/],
  [
    "a token with two ids",
    { ...everyByte(), added_tokens: [{ id: 9, content: "he", special: true }] },
    /belongs to|two ids/
  ],
  ["no merges", everyByte({ merges: undefined }), /model\.merges is nothing/],
  ["a merge of three", everyByte({ merges: ["h e l"] }), /model\.merges\[0\] is "h e l", no two tokens/],
  ["a merge of numbers", everyByte({ merges: [[1, 2]] }), /model\.merges\[0\] is \[1,2\], no two tokens/],
  ["merges in two forms", everyByte({ merges: ["h e", ["h", "e"]] }), /model\.merges\[1\].*another form/],
  ["a merge of no token", everyByte({ merges: ["h é"] }), /model\.merges\[0\].*no token "hé"/],
  ["a merge into no token", everyByte({ merges: ["h e", "l l"] }), /model\.merges\[1\].*no token "ll"/],
  ["dropout", everyByte({ dropout: 0.1 }), /model\.dropout is not supported/],
  [
    "a template with an id of its own",
    { ...everyByte(), added_tokens: [{ id: 299, content: "<s>", special: true }] },
    /post_processor gives "<s>" the ids \[300\], the vocabulary 299/
  ],
  [
    "a part that is of another kind",
    everyByte({}, { pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: 7 } }),
    /pre_tokenizer: a field of Split is missing or of another kind/
  ],
  [
    "a part that shows only in use",
    everyByte({}, { post_processor: { type: "Sequence", processors: [null] } }),
    /null/
  ],
  [
    "a way to split that the library leaves out",
    everyByte({}, { pre_tokenizer: { type: "Split", pattern: { String: " " }, behavior: "MergedWithNext" } }),
    /pre_tokenizer: Split with MergedWithNext is not supported/
  ]
]

describe("a corrupt tokenizer.json", () => {
  it.effect.each(corrupt)("given %s, then it fails and names the field", ([, tokenizer, expected]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(loadTextTokenizer({ tokenizer, config: {}, folder: "model" }))
      assert.strictEqual(error.file, join("model", "tokenizer.json"))
      assert.match(error.detail, expected)
    })
  )
})

const Ids = Schema.Array(Schema.Int)
const Cases = Schema.Struct({
  tokenizer: Schema.Struct({
    encode: Schema.Array(
      Schema.Struct({
        text: Schema.String,
        ids: Ids,
        ids_with_special: Ids,
        tokens: Schema.Array(Schema.String),
        decoded: Schema.String,
        decoded_skip_special: Schema.String
      })
    ),
    decode: Schema.Array(Schema.Struct({ ids: Ids, decoded: Schema.String, decoded_skip_special: Schema.String }))
  }),
  chat: Schema.Array(
    Schema.Struct({
      messages: Schema.Array(ChatMessage),
      add_generation_prompt: Schema.Boolean,
      text: Schema.String,
      ids: Ids
    })
  )
})
const models = hasGolden ? readdirSync(goldenPath("models")) : []

describe.skipIf(!hasGolden)(goldenTitle("checkpoints as transformers reads them"), () => {
  it.effect.each(models)("given %s, then texts, ids and conversations are those of transformers", (model) =>
    Effect.gen(function* () {
      const cases = yield* Schema.decodeUnknownEffect(Cases)(goldenJson(`models/${model}/cases.json`))
      const files = yield* readTokenizerFolder(goldenPath(`models/${model}`))
      const tokenizer = yield* loadTokenizer(files)
      for (const each of cases.tokenizer.encode) {
        const ids = yield* tokenizer.encode(each.text)
        assert.deepStrictEqual([...ids], each.ids, each.text)
        assert.deepStrictEqual([...(yield* tokenizer.encodeWithSpecial(each.text))], each.ids_with_special)
        assert.deepStrictEqual([...ids].map(tokenizer.name), each.tokens)
        assert.strictEqual(tokenizer.decodeWithSpecial(ids), each.decoded)
        assert.strictEqual(tokenizer.decode(ids), each.decoded_skip_special)
      }
      for (const { decoded, decoded_skip_special, ids } of cases.tokenizer.decode) {
        assert.strictEqual(tokenizer.decodeWithSpecial(Int32Array.from(ids)), decoded)
        assert.strictEqual(tokenizer.decode(Int32Array.from(ids)), decoded_skip_special)
      }
      const chat = yield* loadChatTemplate(files)
      for (const { add_generation_prompt, ids, messages, text } of cases.chat) {
        assert.strictEqual(yield* chat.render(messages, add_generation_prompt, new Date(0)), text)
        assert.deepStrictEqual([...(yield* tokenizer.encode(text))], ids)
      }
    })
  )

  it.effect("given a tokenizer.json cut in the middle, then it fails and says so", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readTokenizerFolder(goldenPath("malformed/10_tokenizer_corrupt")))
      assert.match(error.message, /10_tokenizer_corrupt.tokenizer\.json cannot be used: it is no JSON: /)
    })
  )
})

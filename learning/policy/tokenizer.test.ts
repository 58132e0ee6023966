import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { tokenizerConfigJson, tokenizerJson } from "../datasets/miniature/tokenizer-json.ts"
import { loadTokenizer } from "./tokenizer.ts"

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

const golden = new URL("../../../shared/golden/models/", import.meta.url)
const models = ["qwen2-tied", "qwen2-untied-gqa7", "llama-rope3-tied", "llama-plain-sharded", "qwen3-qknorm"]
const Ids = Schema.Array(Schema.Int)
const Cases = Schema.Struct({
  tokenizer: Schema.Struct({
    encode: Schema.Array(Schema.Struct({ text: Schema.String, ids: Ids, decoded_skip_special: Schema.String })),
    decode: Schema.Array(Schema.Struct({ ids: Ids, decoded_skip_special: Schema.String }))
  })
})

const json = (model: string, file: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`${model}/${file}`, golden)), "utf8"))

describe.skipIf(!existsSync(fileURLToPath(golden)))(
  "checkpoints as transformers reads them (needs ../shared/golden)",
  () => {
    it.effect.each(models)("given %s, then it encodes and decodes every text like transformers", (model) =>
      Effect.gen(function* () {
        const { tokenizer: cases } = yield* Schema.decodeUnknownEffect(Cases)(json(model, "cases.json"))
        const tokenizer = yield* loadTokenizer({
          tokenizer: json(model, "tokenizer.json"),
          config: json(model, "tokenizer_config.json")
        })
        for (const { decoded_skip_special, ids, text } of cases.encode) {
          assert.deepStrictEqual([...(yield* tokenizer.encode(text))], [...ids], text)
          assert.strictEqual(tokenizer.decode(Int32Array.from(ids)), decoded_skip_special)
        }
        for (const { decoded_skip_special, ids } of cases.decode) {
          assert.strictEqual(tokenizer.decode(Int32Array.from(ids)), decoded_skip_special)
        }
      })
    )
  }
)

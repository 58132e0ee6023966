import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { goldenJson, goldenPath, goldenTitle, hasGolden } from "../policies-for-tests.ts"
import {
  embedding,
  first,
  reconfigured,
  refusal,
  reheaded,
  sharded,
  store,
  tensors,
  withFirst
} from "./altered-checkpoint.fixture.ts"
import { readCheckpoint } from "./checkpoint.ts"
import { encodeSafetensors } from "./safetensors.ts"

describe("a folder that is not what it says", () => {
  it.effect.each([
    ["no config.json", (folder: string) => rm(join(folder, "config.json")), "config.json", "no such file"],
    ["a config.json cut in the middle", store("config.json", '{"architectures": ["Ll'), "config.json", "no JSON"],
    ["a config.json that is no UTF-8", store("config.json", Uint8Array.of(0x7b, 0xff, 0x7d)), "config.json", "no JSON"],
    ["a config.json that is null", store("config.json", "null"), "config.json", "Expected object"],
    ["a config.json that is a list", store("config.json", []), "config.json", "Expected object"],
    ["a layer too many", reconfigured({ num_hidden_layers: 3 }), "model.layers.2.input_layernorm.weight", "missing"],
    [
      "layers without end",
      reconfigured({ num_hidden_layers: 2 ** 24 }),
      "model.layers.2.input_layernorm.weight",
      "missing"
    ],
    ["a layer too few", reconfigured({ num_hidden_layers: 1 }), "model.layers.1.", "no such tensor"],
    ["a vocabulary without end", reconfigured({ vocab_size: 2 ** 24 }), first, "asks for [16777216, 12]"],
    ["a head that is missing", reconfigured({ tie_word_embeddings: false }), "lm_head.weight", "missing"],
    [
      "another architecture's tensors",
      reconfigured({ architectures: ["LlamaForCausalLM"], model_type: "llama" }),
      "_proj.bias",
      "no such tensor"
    ],
    ["a generation_config.json cut", store("generation_config.json", '{"eos'), "generation_config.json", "no JSON"],
    ["a generation_config.json of text", store("generation_config.json", '"x"'), "generation_config.json", "object"]
  ] as const)("given %s, then the error names it", ([, change, where, why]) =>
    Effect.gen(function* () {
      const { message } = yield* refusal(change)
      assert.include(message, where)
      assert.include(message, why)
    })
  )

  it.effect.each([
    ["no weights", (folder: string) => rm(join(folder, "model.safetensors")), "model.safetensors", "no such file"],
    [
      "weights that are a folder",
      async (folder: string) => {
        await rm(join(folder, "model.safetensors"))
        await mkdir(join(folder, "model.safetensors"))
      },
      "model.safetensors",
      "no file"
    ],
    [
      "a link out of the folder",
      async (folder: string) => {
        const outside = join(folder, "../outside.safetensors")
        await writeFile(outside, await readFile(join(folder, "model.safetensors")))
        await rm(join(folder, "model.safetensors"))
        await symlink(outside, join(folder, "model.safetensors"))
      },
      "model.safetensors",
      "leads out of the folder"
    ],
    ["an empty file", store("model.safetensors", ""), "header", "0 bytes"],
    ["a header of no bytes", store("model.safetensors", new Uint8Array(8)), "header", "no JSON"],
    [
      "a header of 2^63 bytes",
      store("model.safetensors", new Uint8Array(64).fill(0x80)),
      "header",
      "more than is allowed"
    ],
    [
      "a header that is no UTF-8",
      reheaded(() => Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d)),
      "header",
      "no JSON"
    ],
    ["a header that is a list", reheaded(() => [1]), "header", "no JSON object"],
    [
      "no tensors at all",
      store("model.safetensors", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d)),
      first,
      "missing"
    ],
    [
      "a tensor twice",
      reheaded((header, text) =>
        text.trimEnd().replace(/\}$/, `,${JSON.stringify({ [first]: header[first] }).slice(1)}`)
      ),
      "header",
      `"${first}" stands in it twice`
    ],
    ["an entry that is null", reheaded((header) => ({ ...header, [first]: null })), first, "needs dtype"],
    ["no offsets", withFirst({ data_offsets: undefined }), first, "needs dtype"],
    ["a negative offset", withFirst({ data_offsets: [-4, 620] }), first, "not two whole numbers"],
    ["an offset with a fraction", withFirst({ data_offsets: [0.5, 624.5] }), first, "not two whole numbers"],
    ["offsets the wrong way round", withFirst({ data_offsets: [624, 0] }), first, "-624 are set aside"],
    ["an offset of text", withFirst({ data_offsets: ["0", "624"] }), first, "not two whole numbers"],
    ["a shape whose product overflows", withFirst({ shape: [2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52] }), first, "takes"],
    ["a shape with a fraction", withFirst({ shape: [13.5, 12] }), first, "whole numbers"],
    ["a shape that is a number", withFirst({ shape: 156 }), first, "no list"],
    ["a transposed shape", withFirst({ shape: [12, 13] }), first, "asks for [13, 12]"],
    ["a shape of one axis", withFirst({ shape: [156] }), first, "asks for [13, 12]"],
    ["a dtype of 8 bits", withFirst({ dtype: "F8_E4M3", shape: [52, 12] }), first, "asks for"],
    ["a dtype of integers", withFirst({ dtype: "I32" }), first, "dtype is I32"],
    ["an unknown dtype", withFirst({ dtype: "F4" }), first, '"F4" is unknown'],
    ["a dtype that is a number", withFirst({ dtype: 32 }), first, "no text"]
  ] as const)("given %s, then the error names it", ([, change, where, why]) =>
    Effect.gen(function* () {
      const { message } = yield* refusal(change)
      assert.include(message, where)
      assert.include(message, why)
    })
  )

  const last = tensors[tensors.length - 1].name
  it.effect.each([
    ["an index that is no JSON", sharded(() => ({ index: "{" })), "index.json", "no JSON"],
    ["an index that is a list", sharded(() => ({ index: [] })), "index.json", "object"],
    ["an index without a map", sharded(() => ({ index: {} })), "weight_map", "Missing"],
    ["an entry that is no text", sharded(() => ({ map: { [last]: 1 } })), `weight_map.${last}`, "string"],
    [
      "a path up",
      sharded(() => ({ map: { [last]: "../s1.safetensors" } })),
      last,
      "no safetensors file of this folder"
    ],
    ["an absolute path", sharded(() => ({ map: { [last]: "/s1.safetensors" } })), last, "no safetensors file of"],
    ["a path of the other system", sharded(() => ({ map: { [last]: "..\\s1.safetensors" } })), last, "no safetensors"],
    ["a file of another kind", sharded(() => ({ map: { [last]: "config.json" } })), last, "no safetensors file"],
    ["a name with a zero byte", sharded(() => ({ map: { [last]: "\0.safetensors" } })), ".safetensors", "null bytes"],
    [
      "a shard that is not there",
      sharded(() => ({ map: { [last]: "s7.safetensors" } })),
      "s7.safetensors",
      "no such file"
    ],
    [
      "a tensor placed in another shard",
      sharded(() => ({ map: { [last]: "s0.safetensors" } })),
      last,
      "places it in s0"
    ],
    ["a tensor that the index does not name", sharded(() => ({ map: { [last]: undefined } })), last, "does not name"],
    ["a tensor that no shard holds", sharded(([a, b]) => ({ shards: [a, b.slice(0, -1)] })), last, "does not hold"],
    [
      "a tensor in two shards",
      sharded(([a, b]) => ({ shards: [[...a, b[b.length - 1]], b] })),
      last,
      "places it in s1"
    ],
    [
      "a total that is wrong",
      sharded(() => ({
        index: {
          metadata: { total_size: 1 },
          weight_map: Object.fromEntries(tensors.map(({ name }, i) => [name, `s${i < 5 ? 0 : 1}.safetensors`]))
        }
      })),
      "total_size",
      "it is 1"
    ]
  ] as const)("given %s, then the error names it", ([, change, where, why]) =>
    Effect.gen(function* () {
      const { message } = yield* refusal(change)
      assert.include(message, where)
      assert.include(message, why)
    })
  )

  it.effect.each([[Number.NaN], [Infinity], [-Infinity]])("given a %d among the weights, then it is refused", ([bad]) =>
    Effect.gen(function* () {
      const data = Float32Array.from(embedding.data).fill(bad, 155)
      const bytes = encodeSafetensors([{ ...embedding, data }, ...tensors.slice(1)], {})
      const error = yield* refusal(store("model.safetensors", bytes))
      assert.strictEqual(error.what, first)
      assert.include(error.reason, "NaN")
    })
  )
})

const Manifest = Schema.Struct({
  checkpoints: Schema.Array(Schema.Struct({ name: Schema.String, expect: Schema.String, stage: Schema.String }))
})

/** Where each refusal must point. */
const named: Readonly<Record<string, readonly [where: string, why: string]>> = {
  "01_truncated": ["model.safetensors", "lie beyond the file's"],
  "02_header_length_lies": ["header", "more than is allowed"],
  "03_overlapping_offsets": ["_proj.weight", "overlap"],
  "04_wrong_dtype": ["down_proj.weight", '"Q7" is unknown'],
  "05_missing_tensor": ["model.layers.0.self_attn.v_proj.weight", "missing"],
  "06_wrong_shape": ["k_proj.weight", "asks for"],
  "07_nan_weights": ["up_proj.weight", "NaN"],
  "08_index_path_traversal": ["index.json", "no safetensors file of this folder"],
  "09_unknown_architecture": ["architectures", "known are LlamaForCausalLM"],
  "11_empty_file": ["model.safetensors", "0 bytes"],
  "12_huge_claim": ["model.embed_tokens.weight", "lie beyond"]
}

describe.runIf(hasGolden)(goldenTitle("malformed checkpoints"), () => {
  const cases = hasGolden ? Schema.decodeUnknownSync(Manifest)(goldenJson("malformed/manifest.json")).checkpoints : []
  const ours = cases.filter(({ stage }) => stage !== "tokenizer")

  it.effect.each(ours)("given $name, then it is as it should be, within a second", ({ expect, name }) =>
    Effect.gen(function* () {
      const begin = performance.now()
      const message = yield* Effect.match(readCheckpoint(goldenPath(`malformed/${name}`)), {
        onSuccess: () => "loads",
        onFailure: (error) => error.message
      })
      assert.isBelow(performance.now() - begin, 1000)
      if (expect === "loads") assert.strictEqual(message, "loads")
      else for (const part of named[name] ?? ["a case this test knows"]) assert.include(message, part)
    })
  )
})

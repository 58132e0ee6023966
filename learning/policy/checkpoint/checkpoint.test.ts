import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { encodeConfig } from "../config.ts"
import { layoutOf } from "../parameters.ts"
import { goldenPath, goldenTitle, groupedConfig, hasGolden, plainConfig, randomWeights } from "../policies-for-tests.ts"
import { decodeParameters, encodeParameters, readCheckpoint, writeCheckpoint } from "./checkpoint.ts"
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts"

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "onefold-checkpoint-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

/** A safetensors file with this header and body. */
const fileOf = (header: unknown, body: Uint8Array, claimedLength?: bigint): Uint8Array => {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + body.length)
  new DataView(bytes.buffer).setBigUint64(0, claimedLength ?? BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(body, 8 + json.length)
  return bytes
}

const refusal = (bytes: Uint8Array) => Effect.flip(decodeSafetensors(bytes, "some.safetensors"))

describe("a checkpoint folder", () => {
  it.effect.each([plainConfig, groupedConfig])("given one that was written, then it reads back the same", (config) =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const weights = randomWeights(config, 1)
      yield* writeCheckpoint(folder, config, weights)
      const checkpoint = yield* readCheckpoint(folder)
      assert.deepStrictEqual(checkpoint.config, config)
      assert.deepStrictEqual(checkpoint.weights, weights)
    })
  )

  it.effect(
    "given a base's files, then what they say beyond the model is kept, and the weights are called float32",
    () =>
      Effect.gen(function* () {
        const folder = yield* temporaryFolder
        const { config } = encodeConfig(groupedConfig)
        const text = (json: unknown) => new TextEncoder().encode(JSON.stringify(json))
        const carried = new Map([
          ["config.json", text({ ...config, bos_token_id: 7, torch_dtype: "bfloat16", initializer_range: 0.5 })],
          ["generation_config.json", text({ eos_token_id: 1, top_p: 0.9 })],
          ["tokenizer.json", text({ version: "1.0" })]
        ])
        yield* writeCheckpoint(folder, groupedConfig, randomWeights(groupedConfig, 1), carried)
        const written = (name: string) =>
          Effect.promise(async (): Promise<unknown> => JSON.parse(await readFile(join(folder, name), "utf8")))
        const kept = { ...config, bos_token_id: 7, torch_dtype: "float32", initializer_range: 0.5 }
        assert.deepStrictEqual(yield* written("config.json"), kept)
        assert.deepStrictEqual(yield* written("generation_config.json"), { eos_token_id: 1, top_p: 0.9 })
        assert.deepStrictEqual(yield* written("tokenizer.json"), { version: "1.0" })
        assert.deepStrictEqual((yield* readCheckpoint(folder)).config, groupedConfig)
        const newer = new Map([["config.json", text({ ...config, torch_dtype: undefined, dtype: "bfloat16" })]])
        yield* writeCheckpoint(folder, groupedConfig, randomWeights(groupedConfig, 1), newer)
        assert.include(yield* written("config.json"), { dtype: "float32" })
        assert.notProperty(yield* written("config.json"), "torch_dtype")
      })
  )

  it.effect("given a folder that cannot be made, then a typed error names it", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* Effect.promise(() => writeFile(join(folder, "file"), ""))
      const error = yield* Effect.flip(
        writeCheckpoint(join(folder, "file"), plainConfig, randomWeights(plainConfig, 1))
      )
      assert.include(error.message, `cannot write a checkpoint into ${join(folder, "file")}`)
    })
  )

  it.effect("given a model of another kind, then the error does not ask for another copy", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      yield* writeCheckpoint(folder, plainConfig, randomWeights(plainConfig, 1))
      const other = { ...encodeConfig(plainConfig).config, architectures: ["MambaForCausalLM"] }
      yield* Effect.promise(() => writeFile(join(folder, "config.json"), JSON.stringify(other)))
      const { message } = yield* Effect.flip(readCheckpoint(folder))
      assert.strictEqual(
        message,
        `${join(folder, "config.json")} cannot be used: architectures: "MambaForCausalLM" is unknown; known are LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM; use a model that this program computes`
      )
    })
  )

  it.effect("given no folder, then the error names the file", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readCheckpoint(join(tmpdir(), "onefold-nothing-here")))
      assert.include(error.file, "config.json")
    })
  )
})

describe("parameters as bytes", () => {
  const layout = layoutOf(plainConfig)
  const weights = randomWeights(plainConfig, 2)

  it.effect("given the same values, then the same bytes, the header padded and PyTorch's format named", () =>
    Effect.gen(function* () {
      const bytes = encodeParameters(layout, weights)
      assert.deepStrictEqual(encodeParameters(layout, weights.slice()), bytes)
      assert.strictEqual(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n)
      const { metadata, tensors } = yield* decodeSafetensors(bytes, "it")
      assert.deepStrictEqual(metadata, { format: "pt" })
      assert.deepStrictEqual(
        [...tensors.keys()],
        layout.parameters.map(({ name }) => name)
      )
      assert.deepStrictEqual(yield* decodeParameters(layout, bytes, "it"), weights)
    })
  )

  it.effect("given a missing, an unknown, a misshapen, an integer or a NaN tensor, then it is refused by name", () =>
    Effect.gen(function* () {
      const { tensors } = yield* decodeSafetensors(encodeParameters(layout, weights), "it")
      const all = [...tensors].map(([name, tensor]) => ({ name, ...tensor }))
      const last = all[all.length - 1]
      const reasonWith = (changed: typeof all) =>
        Effect.flip(decodeParameters(layout, encodeSafetensors(changed, {}), "it")).pipe(
          Effect.map((error) => `${error.what}: ${error.reason}`)
        )
      const others = all.slice(0, -1)
      assert.include(yield* reasonWith(others), "lm_head.weight: the tensor is missing")
      assert.include(yield* reasonWith([...all, { ...last, name: "extra" }]), "extra: the configuration has no such")
      assert.include(
        yield* reasonWith([...others, { ...last, shape: [12, 13] }]),
        "lm_head.weight: its shape is [12, 13]"
      )
      const integers = { ...last, data: new Int32Array(last.data.length) }
      assert.include(yield* reasonWith([...others, integers]), "lm_head.weight: its dtype is I32")
      const broken = { ...last, data: Float32Array.from(last.data).fill(Number.NaN, 5, 6) }
      assert.include(yield* reasonWith([...others, broken]), "lm_head.weight: it holds a NaN")
    })
  )
})

describe("decodeSafetensors", () => {
  const pair = (second: readonly [number, number]) => ({
    a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    b: { dtype: "F32", shape: [1], data_offsets: second }
  })

  it.effect("given halves of both kinds, then they become the same floats", () =>
    Effect.gen(function* () {
      const values = [1, -2.5, 0.099975586, 65504, 5.9604645e-8, -0, Infinity]
      const halves = Uint16Array.of(0x3c00, 0xc100, 0x2e66, 0x7bff, 0x0001, 0x8000, 0x7c00)
      const brains = Uint16Array.of(0x3f80, 0xc020, 0x7f80)
      const bytes = fileOf(
        {
          f16: { dtype: "F16", shape: [7], data_offsets: [0, 14] },
          bf16: { dtype: "BF16", shape: [3], data_offsets: [14, 20] }
        },
        Uint8Array.of(...new Uint8Array(halves.buffer), ...new Uint8Array(brains.buffer))
      )
      const { tensors } = yield* decodeSafetensors(bytes, "it")
      assert.deepStrictEqual(tensors.get("f16")?.data, Float32Array.from(values))
      assert.deepStrictEqual(tensors.get("bf16")?.data, Float32Array.of(1, -2.5, Infinity))
    })
  )

  it.effect("given a buffer that belongs to a file, then the numbers are a copy", () =>
    Effect.gen(function* () {
      const file = Buffer.from(encodeSafetensors([{ name: "a", shape: [1], data: Float32Array.of(3) }], {}))
      const { tensors } = yield* decodeSafetensors(file, "it")
      file.fill(0)
      assert.deepStrictEqual(tensors.get("a")?.data, Float32Array.of(3))
    })
  )

  it.effect.each([
    ["no bytes", new Uint8Array(0), "too few for a header"],
    ["a header longer than allowed", fileOf("{}", new Uint8Array(0), 2n ** 40n), "more than is allowed"],
    ["a header longer than the file", fileOf("{}", new Uint8Array(0), 9n), "the file ends before"],
    ["a header that is no JSON", fileOf("{a", new Uint8Array(0)), "no JSON"],
    ["a list as header", fileOf("[]", new Uint8Array(0)), "no JSON object"],
    [
      "an unknown dtype",
      fileOf({ a: { dtype: "Q7", shape: [1], data_offsets: [0, 1] } }, new Uint8Array(1)),
      "unknown"
    ],
    [
      "a negative size",
      fileOf({ a: { dtype: "U8", shape: [-1], data_offsets: [0, 1] } }, new Uint8Array(1)),
      "malformed"
    ],
    [
      "a claim of 32 GB",
      fileOf({ a: { dtype: "F32", shape: [8e9], data_offsets: [0, 4] } }, new Uint8Array(4)),
      "takes"
    ],
    ["an overlap", fileOf(pair([4, 8]), new Uint8Array(8)), "overlap"],
    ["a gap", fileOf(pair([12, 16]), new Uint8Array(16)), "gap"],
    ["an end beyond the file", fileOf(pair([8, 12]), new Uint8Array(11)), "beyond"],
    ["bytes after the last tensor", fileOf(pair([8, 12]), new Uint8Array(13)), "1 bytes follow"],
    ["metadata that is no text", fileOf({ __metadata__: { a: 1 } }, new Uint8Array(0)), "no map of strings"]
  ] as const)("given %s, then it is refused", ([, bytes, reason]) =>
    Effect.gen(function* () {
      assert.include((yield* refusal(bytes)).message, reason)
    })
  )
})

describe.runIf(hasGolden)(goldenTitle("a checkpoint of another program"), () => {
  it.effect("given one in float32, then it is written back byte for byte", () =>
    Effect.gen(function* () {
      const { layout, weights } = yield* readCheckpoint(goldenPath("malformed/00_good_control"))
      const original = yield* decodeSafetensors(
        yield* Effect.promise(() => readFile(goldenPath("malformed/00_good_control/model.safetensors"))),
        "it"
      )
      const written = yield* decodeSafetensors(encodeParameters(layout, weights), "it")
      for (const [name, tensor] of original.tensors) assert.deepStrictEqual(written.tensors.get(name), tensor, name)
    })
  )
})

import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { encodeConfig, type PolicyConfig } from "../config.ts"
import { layoutOf } from "../parameters.ts"
import { plainConfig } from "../policies-for-tests.ts"
import { temporaryFolder } from "./altered-checkpoint.fixture.ts"
import { readCheckpoint } from "./checkpoint.ts"

/** An embedding of several slices of 4 MiB in every type, the last one cut at an odd number. */
const config: PolicyConfig = { ...plainConfig, vocabularySize: 300_001, hiddenSize: 11, layers: 1, tiedHead: true }
const { parameters, size } = layoutOf(config)
/** Whole numbers up to 250, which every type holds exactly. */
const weights = Float32Array.from({ length: size }, (_, i) => (i % 251) + 1)

type Dtype = "F32" | "F16" | "BF16"

const encoded = (values: Float32Array, dtype: Dtype): Uint8Array => {
  if (dtype === "F32") return new Uint8Array(Float32Array.from(values).buffer)
  const bits = new Uint32Array(Float32Array.from(values).buffer)
  // A float's exponent counts from 127, a half's from 15
  const half = (float: number) => (((float >>> 23) - 127 + 15) << 10) | ((float >>> 13) & 0x3ff)
  const toBits = dtype === "BF16" ? (float: number) => float >>> 16 : half
  return new Uint8Array(Uint16Array.from(bits, toBits).buffer)
}

/** A folder whose tensors are of these types in turn; `extra` follows. */
const folderOf = Effect.fnUntraced(function* (dtypes: ReadonlyArray<Dtype>, values: Float32Array, head?: Float32Array) {
  const folder = yield* temporaryFolder
  const stored = parameters.map(({ name, offset, shape, size }, i) => {
    const dtype = dtypes[i % dtypes.length]
    return { name, shape, dtype, bytes: encoded(values.subarray(offset, offset + size), dtype) }
  })
  const shape = [config.vocabularySize, config.hiddenSize]
  if (head !== undefined) stored.push({ name: "lm_head.weight", shape, dtype: "BF16", bytes: encoded(head, "BF16") })
  let end = 0
  const header = JSON.stringify(
    Object.fromEntries(
      stored.map(({ bytes, dtype, name, shape }) => {
        end += bytes.length
        return [name, { dtype, shape, data_offsets: [end - bytes.length, end] }]
      })
    )
  )
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  const file = Buffer.concat([prefix, Buffer.from(header), ...stored.map(({ bytes }) => bytes)])
  yield* Effect.promise(() => writeFile(join(folder, "model.safetensors"), file))
  yield* Effect.promise(() => writeFile(join(folder, "config.json"), JSON.stringify(encodeConfig(config).config)))
  return folder
})

const isEqual = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.compare(new Uint8Array(a.buffer), new Uint8Array(b.buffer)) === 0

describe("readWeights", () => {
  it.effect.each([[["F32"]], [["F16"]], [["BF16"]], [["BF16", "F32", "F16"]]] as const)(
    "given tensors of %j, then every slice lies in its place",
    ([dtypes]) =>
      Effect.gen(function* () {
        const checkpoint = yield* readCheckpoint(yield* folderOf(dtypes, weights))
        assert.isTrue(isEqual(checkpoint.weights, weights))
      })
  )

  it.effect.each([["F32"], ["F16"], ["BF16"]] as const)(
    "given an infinity in the last slice of %s, then it is refused",
    ([dtype]) =>
      Effect.gen(function* () {
        const [{ size: last }] = parameters
        const broken = weights.slice().fill(dtype === "F16" ? 65536 : Infinity, last - 1, last) // beyond a half's range
        const error = yield* Effect.flip(readCheckpoint(yield* folderOf([dtype], broken)))
        assert.strictEqual(error.what, "model.embed_tokens.weight")
        assert.include(error.reason, "an infinity")
      })
  )

  it.effect(
    "given a tied head that differs at its very end, then it is refused; given the same one, then it loads",
    () =>
      Effect.gen(function* () {
        const embedded = weights.slice(0, parameters[0].size)
        assert.isTrue(isEqual((yield* readCheckpoint(yield* folderOf(["F32"], weights, embedded))).weights, weights))
        const other = embedded.slice().fill(7, -1)
        const error = yield* Effect.flip(readCheckpoint(yield* folderOf(["F32"], weights, other)))
        assert.strictEqual(error.what, "lm_head.weight")
      })
  )
})

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "../checkpoint/altered-checkpoint.fixture.ts"
import { decodeSafetensors, encodeSafetensors } from "../checkpoint/safetensors.ts"
import { groupedConfig } from "../policies-for-tests.ts"
import { readAdapter, writeAdapter } from "./adapter-files.ts"
import { adapterLayout, initialAdapter, type LoraConfig } from "./lora.ts"

const config = groupedConfig
const lora: LoraConfig = { rank: 4, alpha: 8, targets: ["q_proj", "v_proj", "up_proj"] }
const weights = initialAdapter(config, lora, 3).fill(0.25, 100, 140)

const written = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  yield* writeAdapter(folder, config, { base: "owner/base", lora, weights })
  return folder
})

const json = (folder: string) =>
  Effect.promise(
    async (): Promise<object> => Object(JSON.parse(await readFile(join(folder, "adapter_config.json"), "utf8")))
  )

/** The refusal of an adapter whose adapter_config.json has other fields. */
const refusal = (fields: Readonly<Record<string, unknown>>) =>
  Effect.gen(function* () {
    const folder = yield* written
    const changed = JSON.stringify({ ...(yield* json(folder)), ...fields })
    yield* Effect.promise(() => writeFile(join(folder, "adapter_config.json"), changed))
    return yield* Effect.flip(readAdapter(folder, config))
  })

describe("an adapter's folder", () => {
  it.effect("given one that was written, then it reads back the same", () =>
    Effect.gen(function* () {
      const adapter = yield* readAdapter(yield* written, config)
      assert.deepStrictEqual(adapter, { lora, layout: adapterLayout(config, lora), weights, base: "owner/base" })
    })
  )

  it.effect("given one that was written, then its files are PEFT's", () =>
    Effect.gen(function* () {
      const folder = yield* written
      assert.deepInclude(yield* json(folder), {
        peft_type: "LORA",
        task_type: "CAUSAL_LM",
        r: 4,
        lora_alpha: 8,
        target_modules: ["q_proj", "v_proj", "up_proj"],
        bias: "none"
      })
      const bytes = yield* Effect.promise(() => readFile(join(folder, "adapter_model.safetensors")))
      const { metadata, tensors } = yield* decodeSafetensors(bytes, "it")
      assert.deepStrictEqual(metadata, { format: "pt" })
      const q = tensors.get("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight")
      assert.deepStrictEqual(q, { shape: [4, 12], data: weights.subarray(0, 48) })
    })
  )

  it.effect.each([
    [{ peft_type: "IA3" }, "peft_type"],
    [{ task_type: "SEQ_CLS" }, "task_type"],
    [{ r: 0 }, "r"],
    [{ r: 1.5 }, "r"],
    [{ lora_alpha: -1 }, "lora_alpha"],
    [{ target_modules: ["q_proj", "lm_head"] }, "target_modules"],
    [{ target_modules: ".*q_proj" }, "target_modules"],
    [{ target_modules: [] }, "target_modules"],
    [{ bias: "all" }, "bias"],
    [{ use_dora: true }, "use_dora"],
    [{ use_rslora: true }, "use_rslora"],
    [{ rank_pattern: { q_proj: 2 } }, "rank_pattern"],
    [{ modules_to_save: ["lm_head"] }, "modules_to_save"],
    [{ layers_to_transform: 0 }, "layers_to_transform"]
  ] as const)("given %j, then it is refused by name", ([fields, what]) =>
    Effect.gen(function* () {
      const error = yield* refusal(fields)
      assert.isTrue(error.what.startsWith(what), error.message)
      assert.include(error.file, "adapter_config.json")
    })
  )

  it.effect.each([
    [{ r: 65536 }, "q_proj.lora_A.weight: its shape is [4, 12], the configuration asks for [65536, 12]"],
    [{ target_modules: ["q_proj"] }, "the configuration has no such tensor"],
    [{ target_modules: ["q_proj", "v_proj", "up_proj", "o_proj"] }, "o_proj.lora_A.weight: the tensor is missing"]
  ] as const)("given %j over other tensors, then it is refused by the tensor", ([fields, reason]) =>
    Effect.gen(function* () {
      assert.include((yield* refusal(fields)).message, reason)
    })
  )

  it.effect("given no folder, a cut file or a NaN, then it is refused by name", () =>
    Effect.gen(function* () {
      const folder = yield* written
      assert.include((yield* Effect.flip(readAdapter(join(folder, "gone"), config))).message, "there is no such file")
      const file = join(folder, "adapter_model.safetensors")
      const bytes = yield* Effect.promise(() => readFile(file))
      yield* Effect.promise(() => writeFile(file, bytes.subarray(0, bytes.length - 8)))
      assert.include((yield* Effect.flip(readAdapter(folder, config))).message, "lie beyond")
      const tensors = adapterLayout(config, lora).parameters.map(({ name, shape, size }) => ({
        name,
        shape,
        data: new Float32Array(size).fill(Number.NaN)
      }))
      yield* Effect.promise(() => writeFile(file, encodeSafetensors(tensors, {})))
      assert.include((yield* Effect.flip(readAdapter(folder, config))).message, "it holds a NaN")
    })
  )
})

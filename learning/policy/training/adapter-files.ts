/**
 * Adapters as PEFT stores them: adapter_config.json and adapter_model.safetensors in a folder.
 *
 * What an adapter of PEFT may ask for beyond plain low-rank matrices on the layers' projections is refused by name.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { CheckpointUnwritable, writeSafetensors } from "../checkpoint/checkpoint.ts"
import { readJson, reasonOf } from "../checkpoint/checkpoint-files.ts"
import { CheckpointInvalid } from "../checkpoint/checkpoint-invalid.ts"
import { checkedJson } from "../checkpoint/checkpoint-json.ts"
import { tensorsIn } from "../checkpoint/checkpoint-tensors.ts"
import { readParameters } from "../checkpoint/checkpoint-weights.ts"
import { tensorsOf } from "../checkpoint/safetensors.ts"
import type { PolicyConfig } from "../config.ts"
import type { ParameterLayout } from "../parameters.ts"
import { adapterLayout, type LoraConfig, loraTargets } from "./lora.ts"

export interface Adapter {
  readonly lora: LoraConfig
  readonly layout: ParameterLayout
  /** [layout.size] float32. */
  readonly weights: Float32Array
  /** The model it was trained on, a folder or an id of the hub; null where the file does not say. */
  readonly base: string | null
}

const configFile = "adapter_config.json"
const weightsFile = "adapter_model.safetensors"

const ConfigFile = Schema.Struct({
  peft_type: Schema.Literal("LORA"),
  task_type: Schema.optional(Schema.NullOr(Schema.Literal("CAUSAL_LM"))),
  base_model_name_or_path: Schema.optional(Schema.NullOr(Schema.String)),
  r: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 16 })),
  lora_alpha: Schema.Finite.check(Schema.isGreaterThan(0)),
  target_modules: Schema.NonEmptyArray(Schema.Literals(loraTargets)),
  bias: Schema.optional(Schema.Literal("none"))
})

/** Fields that ask for more than this program computes unless they are empty. */
const mustBeEmpty = [
  ...["use_dora", "use_rslora", "use_qalora", "use_bdlora", "fan_in_fan_out", "lora_bias", "modules_to_save"],
  ...["rank_pattern", "alpha_pattern", "layers_to_transform", "layers_pattern", "layer_replication", "exclude_modules"],
  ...["target_parameters", "trainable_token_indices", "alora_invocation_tokens", "megatron_config"]
] as const

const isEmpty = (value: unknown): boolean =>
  value == null || value === false || (typeof value === "object" && Object.keys(value).length === 0)

/** Reads an adapter for a policy. Fails with CheckpointInvalid, naming the file and the tensor or field. */
export const readAdapter = Effect.fn("adapter.read")(function* (folder: string, config: PolicyConfig) {
  const file = join(folder, configFile)
  const refuse = (what: string, reason: string) => new CheckpointInvalid({ file, what, reason })
  const json = yield* readJson(folder, configFile)
  if (json === undefined) return yield* refuse("", "there is no such file")
  const fields = yield* checkedJson(ConfigFile, json, file)
  const asked = Object.entries(Object(json)).find(
    ([name, value]) => mustBeEmpty.some((field) => field === name) && !isEmpty(value)
  )
  if (asked !== undefined)
    return yield* new CheckpointInvalid({
      file,
      what: asked[0],
      reason: "adapters that set it are not supported",
      next: "use an adapter without it"
    })
  const targets = loraTargets.filter((target) => fields.target_modules.includes(target))
  const lora: LoraConfig = { rank: fields.r, alpha: fields.lora_alpha, targets }
  const layout = adapterLayout(config, lora)
  const weights = yield* readParameters(layout, yield* tensorsIn(folder, weightsFile))
  const adapter: Adapter = { lora, layout, weights, base: fields.base_model_name_or_path ?? null }
  return adapter
})

/** What PEFT reads of an adapter; what it does not find it takes for its own defaults, which say the same. */
const encodeAdapterConfig = ({ alpha, rank, targets }: LoraConfig, base: string | null) => ({
  peft_type: "LORA",
  task_type: "CAUSAL_LM",
  base_model_name_or_path: base,
  inference_mode: true,
  r: rank,
  lora_alpha: alpha,
  lora_dropout: 0,
  target_modules: loraTargets.filter((target) => targets.includes(target)),
  bias: "none",
  fan_in_fan_out: false,
  init_lora_weights: true,
  modules_to_save: null,
  rank_pattern: {},
  alpha_pattern: {},
  use_dora: false,
  use_rslora: false
})

/**
 * Writes an adapter into a folder, made if need be, as PEFT loads it.
 *
 * @param base the model it belongs to, a folder or an id of the hub
 */
export const writeAdapter = (
  folder: string,
  config: PolicyConfig,
  { base, lora, weights }: Pick<Adapter, "base" | "lora" | "weights">
) =>
  Effect.tryPromise({
    try: async () => {
      await mkdir(folder, { recursive: true })
      await writeSafetensors(join(folder, weightsFile), tensorsOf(adapterLayout(config, lora), weights))
      await writeFile(join(folder, configFile), `${JSON.stringify(encodeAdapterConfig(lora, base), undefined, 2)}\n`)
    },
    catch: (cause) => new CheckpointUnwritable({ folder, reason: reasonOf(cause) })
  })

/**
 * Low-rank adapters: W stays as it is and W + alpha / rank * B A is computed with, B and A being what is trained.
 *
 * Source: Hu et al. 2021 (arXiv 2106.09685); names, shapes and initial values as PEFT has them.
 */
import type { Sha256 } from "../../artifacts.ts"
import { sequence } from "../../random/sequence.ts"
import type { PolicyConfig } from "../config.ts"
import { laidOut, layoutOf, type Parameter, type ParameterLayout } from "../parameters.ts"

/** The matrices of a layer that can be adapted. */
export const loraTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const
export type LoraTarget = (typeof loraTargets)[number]

/** A plain value: it is sent to worker threads as it is. */
export interface LoraConfig {
  readonly rank: number
  readonly alpha: number
  /** Which matrices of every layer; their order does not matter. */
  readonly targets: ReadonlyArray<LoraTarget>
}

/** The base that adapters belong to, by the hash of its weights. */
export interface AdaptedBase {
  readonly lora: LoraConfig
  readonly base: Sha256
}

/** A parameter of the base with the two of the adapter that change it. */
export interface AdaptedParameter {
  /** [out, in], a place in the base's flat array. */
  readonly base: Parameter
  /** [rank, in], a place in the adapter's flat array. */
  readonly a: Parameter
  /** [out, rank], a place in the adapter's flat array. */
  readonly b: Parameter
}

export const loraScale = ({ alpha, rank }: LoraConfig): number => alpha / rank

const isAdapted = ({ targets }: LoraConfig, { name }: Parameter): boolean =>
  targets.some((target) => name.endsWith(`.${target}.weight`))

/** Layer after layer in the order of the base; A, then B. */
export const adapterLayout = (config: PolicyConfig, lora: LoraConfig): ParameterLayout =>
  laidOut(
    layoutOf(config)
      .parameters.filter((base) => isAdapted(lora, base))
      .flatMap(({ name, shape: [rows, columns] }) => {
        const prefix = `base_model.model.${name.slice(0, -".weight".length)}`
        return [
          [`${prefix}.lora_A.weight`, [lora.rank, columns]],
          [`${prefix}.lora_B.weight`, [rows, lora.rank]]
        ] as const
      })
  )

/** Every adapted parameter of the base, in its order. */
export const adaptedParameters = (config: PolicyConfig, lora: LoraConfig): ReadonlyArray<AdaptedParameter> => {
  const { parameters } = adapterLayout(config, lora)
  return layoutOf(config)
    .parameters.filter((base) => isAdapted(lora, base))
    .map((base, i) => ({ base, a: parameters[2 * i], b: parameters[2 * i + 1] }))
}

/** The stream of randomness that initial adapters are drawn from. */
const loraStream = 0x6c6f7261 // "lora"

/**
 * [adapterLayout(config, lora).size] float32; the same for the same arguments. A is Kaiming-uniform (within
 * 1 / sqrt(in)), B zero, so that the adapted policy begins as its base.
 */
export const initialAdapter = (config: PolicyConfig, lora: LoraConfig, seed: number): Float32Array => {
  const layout = adapterLayout(config, lora)
  const flat = new Float32Array(layout.size)
  const { uniform } = sequence(seed, loraStream)
  for (const { name, offset, shape, size } of layout.parameters) {
    if (!name.endsWith(".lora_A.weight")) continue
    const bound = 1 / Math.sqrt(shape[1])
    for (let i = offset; i < offset + size; i++) flat[i] = bound * (2 * uniform() - 1)
  }
  return flat
}

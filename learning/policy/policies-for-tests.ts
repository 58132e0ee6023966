/**
 * For the tests: small random policies, a device to run them on, and where the golden numbers lie.
 */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { sequence } from "../random/sequence.ts"
import type { PolicyConfig } from "./config.ts"
import { criticLayoutOf, initialCritic, valueHead } from "./critic.ts"
import { type Device, deviceOn } from "./device.ts"
import { initialWeights } from "./init.ts"
import { uploadCritic, uploadWeights } from "./model/weights.ts"
import { layoutOf } from "./parameters.ts"
import type { SequenceBatch } from "./requests.ts"
import { type EngineMode, tensorflowOps } from "./tensors/backend-tensorflow.ts"
import { wasmOps } from "./tensors/backend-wasm.ts"
import { pinEnvironment } from "./tensors/environment.ts"
import { type BackendName, chooseBackend } from "./tensors/installation.ts"
import type { Ops, Precision } from "./tensors/ops.ts"
import type { Policy } from "./training/gradient.ts"
import type { Critic } from "./training/value-gradient.ts"

/** Llama's form: as many key as query heads, no biases, a head of its own. */
export const plainConfig: PolicyConfig = {
  architecture: "LlamaForCausalLM",
  vocabularySize: 13,
  hiddenSize: 12,
  layers: 2,
  heads: 2,
  keyValueHeads: 2,
  headSize: 6,
  feedForwardSize: 20,
  rope: { theta: 10000, scaling: null },
  normEpsilon: 1e-6,
  attentionBias: false,
  queryKeyNorm: false,
  tiedHead: false,
  maxPositions: 128,
  eosIds: [1]
}

/** Qwen2's form: grouped queries, biases, the embedding as head, heads that do not add up to the hidden size. */
export const groupedConfig: PolicyConfig = {
  ...plainConfig,
  architecture: "Qwen2ForCausalLM",
  heads: 6,
  keyValueHeads: 2,
  headSize: 4,
  attentionBias: true,
  tiedHead: true
}

/** Qwen3's form: normalised queries and keys, and here Llama 3's rotation too. */
export const normalisedConfig: PolicyConfig = {
  ...plainConfig,
  architecture: "Qwen3ForCausalLM",
  heads: 4,
  queryKeyNorm: true,
  rope: {
    theta: 500,
    scaling: { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 64 }
  }
}

/** The forms that tests go through. */
export const forms = [
  ["plain heads and a head of its own", plainConfig],
  ["grouped heads, biases and a tied head", groupedConfig],
  ["grouped and normalised heads", normalisedConfig]
] as const

/** Weights in which nothing is zero or one, so that each of them matters. */
export const randomWeights = (config: PolicyConfig, seed: number): Float32Array => {
  const flat = initialWeights(config, seed)
  const { uniform } = sequence(seed, 77)
  for (const { name, offset, size } of layoutOf(config).parameters) {
    for (let i = offset; i < offset + size; i++) {
      if (name.endsWith("norm.weight")) flat[i] = 0.5 + uniform()
      else if (name.endsWith("bias")) flat[i] = uniform() - 0.5
      else if (name === "model.embed_tokens.weight") flat[i] *= 20
    }
  }
  return flat
}

/** The same of a critic, whose values are a few tenths large. */
export const randomCritic = (config: PolicyConfig, seed: number): Float32Array => {
  const flat = initialCritic(config, layoutOf(config), randomWeights(config, seed))
  const { uniform } = sequence(seed, 79)
  for (const { name, offset, size } of criticLayoutOf(config).parameters)
    if (name === valueHead) for (let i = offset; i < offset + size; i++) flat[i] = uniform() - 0.5
  return flat
}

/** The operations of the backend that is installed here, or of another one. */
export const testOps = async (asked?: BackendName, mode: EngineMode = "graph"): Promise<Ops> => {
  pinEnvironment(1)
  const { backend } = chooseBackend(asked)
  return (backend === "tensorflow" ? tensorflowOps(mode) : await wasmOps()).ops
}

export const deviceFor = (ops: Ops, config: PolicyConfig, precision: Precision = "float32"): Device =>
  deviceOn(ops, config, precision)

export const policyOf = ({ config, ops, precision }: Device, flat: Float32Array): Policy => {
  const layout = layoutOf(config)
  return { layout, adapter: null, weights: uploadWeights(ops, config, layout, flat, precision) }
}

export const criticOf = ({ config, ops, precision }: Device, flat: Float32Array): Critic => {
  const layout = criticLayoutOf(config)
  return { layout, weights: uploadCritic(ops, config, layout, flat, precision) }
}

/** Random tokens: lengths[p] = [prompt, response, response…]. */
export const randomBatch = (
  config: PolicyConfig,
  seed: number,
  lengths: ReadonlyArray<ReadonlyArray<number>>
): SequenceBatch => {
  const { below } = sequence(seed, 78)
  const tokens = (length: number) => Int32Array.from({ length }, () => below(config.vocabularySize))
  return { prompts: lengths.map(([prompt]) => tokens(prompt)), responses: lengths.map(([, ...own]) => own.map(tokens)) }
}

/** The folder of reference numbers beside the repository. */
const golden = fileURLToPath(new URL("../../../shared/golden/", import.meta.url))
export const hasGolden = existsSync(golden)
export const goldenPath = (path: string): string => `${golden}${path}`
export const goldenJson = (path: string): unknown => JSON.parse(readFileSync(goldenPath(path), "utf8"))
/** Says in a test's name why it did not run. */
export const goldenTitle = (title: string): string =>
  hasGolden ? title : `${title} (skipped: no reference numbers in ../shared)`

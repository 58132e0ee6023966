/**
 * The miniature's shape: 208,448 parameters.
 */
import { contextLength, eosToken, vocabulary } from "../../../learning/datasets/miniature/vocabulary.ts"
import type { PolicyConfig } from "../../../learning/policy/config.ts"

export const miniature: PolicyConfig = {
  architecture: "LlamaForCausalLM",
  vocabularySize: vocabulary.length,
  hiddenSize: 64,
  layers: 4,
  heads: 4,
  keyValueHeads: 4,
  headSize: 16,
  feedForwardSize: 176,
  rope: { theta: 10_000, scaling: null },
  normEpsilon: 1e-6,
  attentionBias: false,
  queryKeyNorm: false,
  tiedHead: false,
  maxPositions: contextLength,
  eosIds: [vocabulary.indexOf(eosToken)]
}

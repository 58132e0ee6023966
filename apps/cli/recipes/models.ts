/**
 * The models that the paper trains, with how long it trains each (appendix B.4).
 */
import type { ModelName } from "./recipe.ts"

export interface PaperModel {
  /** On the Hugging Face hub. */
  readonly hub: string
  /** Rollout batches. */
  readonly steps: number
  readonly parameters: number
}

export const paperModels: Readonly<Record<ModelName, PaperModel>> = {
  "1.5b": { hub: "Qwen/Qwen2.5-Math-1.5B", steps: 2000, parameters: 1.544e9 },
  "7b": { hub: "Qwen/Qwen2.5-Math-7B", steps: 1000, parameters: 7.616e9 },
  llama: { hub: "meta-llama/Llama-3.2-3B-Instruct", steps: 1000, parameters: 3.213e9 },
  "r1-distill": { hub: "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", steps: 1200, parameters: 1.777e9 },
  // Table 10; for how long is not said.
  "qwen2.5-1.5b": { hub: "Qwen/Qwen2.5-1.5B", steps: 2000, parameters: 1.544e9 },
  "1.5b-instruct": { hub: "Qwen/Qwen2.5-Math-1.5B-Instruct", steps: 2000, parameters: 1.544e9 }
}

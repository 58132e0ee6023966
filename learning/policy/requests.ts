/**
 * What policies and critics are asked and what they answer: cohorts to sample, sequences to score, gradients to take.
 */
import type { Sha256 } from "../artifacts.ts"
import type { Objective, ValueObjective } from "../objective/objective.ts"
import type { Divisors } from "../objective/token-objective.ts"

/** One prompt and how many answers to draw for it, named by coordinates so that the draw depends on nothing else. */
export interface PromptRequest {
  readonly promptId: string
  /** Token ids of the prompt, not empty. */
  readonly tokens: Int32Array
  readonly firstSample: number
  readonly samples: number
  /** New tokens at most for this prompt, where the model has no room for the cohort's maxTokens after it. */
  readonly maxTokens?: number
}

/** A cohort: sampled together, so that its tensor shapes follow from this request alone. */
export interface GenerateRequest {
  readonly weights: Sha256
  readonly prompts: ReadonlyArray<PromptRequest>
  /**
   * 0 is greedy. Log-probs and entropies are of the whole distribution at this temperature (at 1 when greedy), whatever
   * topP, topK and minTokens take out of it.
   */
  readonly temperature: number
  readonly maxTokens: number
  /** No end of sequence and no stop before so many tokens; 0 where left out. */
  readonly minTokens?: number
  /** Draws only among the fewest tokens whose probabilities reach this; 1 where left out: among all. */
  readonly topP?: number
  /** Draws only among so many of the most likely tokens; 0 where left out: among all. */
  readonly topK?: number
  /** Tokens that end a response beside the policy's own; they stay in it. */
  readonly stopTokens?: ReadonlyArray<number>
  /** Texts that end a response once it contains one of them; they stay in it. */
  readonly stopStrings?: ReadonlyArray<string>
  /** Sequences that grow at once; the next takes the place of one that ended. Bits depend on it. All where left out. */
  readonly slots?: number
  readonly seed: number
  /** Which use of randomness this is (training rollouts, evaluation…), so that streams never meet. */
  readonly stream: number
  readonly step: number
}

export interface Generated {
  readonly promptId: string
  readonly sampleIndex: number
  /** [T] response tokens, the end-of-sequence token included where it was drawn. */
  readonly tokens: Int32Array
  /** [T] nats. */
  readonly logProbs: Float32Array
  /** [T] nats. */
  readonly entropies: Float32Array
  /** The policy's own end of sequence, a stop token or text that was asked for, or as many tokens as are allowed. */
  readonly stop: "eos" | "stop" | "length"
}

/** Sequences to learn from or to score: each prompt with its responses. All prompts have equally many responses. */
export interface SequenceBatch {
  readonly prompts: ReadonlyArray<Int32Array>
  /** responses[p][s]: [T] token ids, not empty. */
  readonly responses: ReadonlyArray<ReadonlyArray<Int32Array>>
}

export interface GradientTask {
  readonly weights: Sha256
  /** The frozen base for the KL term; null where no term needs it. */
  readonly reference: Sha256 | null
  readonly batch: SequenceBatch
  readonly temperature: number
  readonly objective: Objective
  /** Everything in prompt-major order: response (p, s) is rollout p * S + s. */
  readonly oldLogProbs: Float32Array
  /** [N] one for each response token. */
  readonly advantages: Float32Array
  readonly batchTokens: number
  /** What each rollout's sums are divided by; by batchTokens where left out. */
  readonly divisors?: Divisors
  /** [N] as the sampler recorded them, where the ratio is taken to others. */
  readonly behaviourLogProbs?: Float32Array
  /** [N] under the frozen base where they were computed before; `reference` is null then. */
  readonly referenceLogProbs?: Float32Array
  /** Sequences whose activations live at once; all where left out. Bits depend on it. */
  readonly microBatch?: number
  /** Keep only what goes into each layer, and compute the rest again on the way back: less memory, a third more work. */
  readonly recompute?: boolean
}

export interface GradientResult {
  /** dLoss/dweights in the parameter order of the checkpoint, flat, float32. */
  readonly gradient: Float32Array
  readonly loss: number
  readonly terms: Readonly<Record<string, number>>
  /** [N] under the weights being trained. */
  readonly logProbs: Float32Array
  /** [N] under the weights being trained. */
  readonly entropies: Float32Array
  /** [N] under the reference; empty without one. */
  readonly referenceLogProbs: Float32Array
}

export interface ValueGradientTask {
  readonly critic: Sha256
  readonly batch: SequenceBatch
  readonly objective: ValueObjective
  /** [N] under the critic that the advantages were computed with; everything in prompt-major order. */
  readonly oldValues: Float32Array
  /** [N] what the values should have been. */
  readonly returns: Float32Array
  readonly batchTokens: number
  /** What each rollout's sums are divided by; by batchTokens where left out. */
  readonly divisors?: Divisors
  /** As in GradientTask. */
  readonly microBatch?: number
  /** As in GradientTask. */
  readonly recompute?: boolean
}

export interface ValueGradientResult {
  /** dLoss/dweights in the order of criticLayoutOf, flat, float32. */
  readonly gradient: Float32Array
  readonly loss: number
  readonly terms: Readonly<Record<string, number>>
  /** [N] under the weights being trained. */
  readonly values: Float32Array
}

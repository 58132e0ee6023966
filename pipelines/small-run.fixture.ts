/**
 * A run small enough to be worked through by hand: a policy of some hundred weights, two examples, four problems.
 */
import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import { tokenizerConfigJson, tokenizerJson } from "../learning/datasets/miniature/tokenizer-json.ts"
import { encodeParameters } from "../learning/policy/checkpoint/checkpoint.ts"
import type { PolicyConfig } from "../learning/policy/config.ts"
import { criticLayoutOf, initialCritic } from "../learning/policy/critic.ts"
import { initialWeights } from "../learning/policy/init.ts"
import { layoutOf } from "../learning/policy/parameters.ts"
import { loadTokenizer } from "../learning/policy/tokenizer/tokenizer.ts"
import { hash, runId } from "../platform/stream/events.fixture.ts"
import type { EvaluationConfig } from "../schemas/evaluation-config.ts"
import type { RunId } from "../schemas/ids.ts"
import { RunConfig } from "../schemas/run-config.ts"
import { type Question, type Run, Runs, UnknownRun } from "./runs.ts"

export const smallPolicy: PolicyConfig = {
  architecture: "LlamaForCausalLM",
  vocabularySize: 56,
  hiddenSize: 8,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  headSize: 4,
  feedForwardSize: 8,
  rope: { theta: 10_000, scaling: null },
  normEpsilon: 1e-6,
  attentionBias: false,
  queryKeyNorm: false,
  tiedHead: false,
  maxPositions: 128,
  eosIds: [1]
}

export const layout = layoutOf(smallPolicy)
export const criticLayout = criticLayoutOf(smallPolicy)

/** The weights that the run starts from, and the artifact that holds them. */
export const baseWeights = initialWeights(smallPolicy, 7)
export const baseArtifact = encodeParameters(layout, baseWeights)
export const baseHash = createHash("sha256").update(baseArtifact).digest("hex")

/** The critic that begins from the base, and the artifact that holds it. */
export const criticArtifact = encodeParameters(criticLayout, initialCritic(smallPolicy, layout, baseWeights))
export const criticHash = createHash("sha256").update(criticArtifact).digest("hex")

/** Settings that make a run PPO. */
export const ppo = {
  advantage: "gae",
  critic: {
    ...{ initial: criticHash, learningRate: 0.01, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, adamEpsilon: 1e-8 },
    ...{ maxGradientNorm: 1, clip: 0.5, warmUpBatches: 0 }
  }
} as const satisfies Partial<RunConfig>

export const tokenizer = Effect.runSync(loadTokenizer({ tokenizer: tokenizerJson, config: tokenizerConfigJson }))

const prompts: RunConfig["prompts"] = [
  { promptId: "two:0", text: "sum of 13-10 and 34+2?\n", answer: "39" },
  { promptId: "chain:0", text: "1+2=?\n", answer: "3" }
]

const evaluation: EvaluationConfig = {
  everySteps: 2,
  testSeed: 5,
  problemsPerFamily: 2,
  samples: 2,
  temperature: 0.5,
  maxTokens: 6
}

const settings = {
  preset: "small",
  model: { name: "small", hash: baseHash },
  prompts,
  seed: 3,
  steps: 4,
  copies: 2,
  groupSize: 2,
  cohorts: 2,
  shards: 2,
  temperature: 1,
  maxTokens: 6,
  maxStaleness: 0,
  learningRate: 0.01,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  adamEpsilon: 1e-8,
  maxGradientNorm: 1,
  policyCoefficient: 1,
  clip: 0.2,
  klCoefficient: 0.001,
  entropyCoefficient: 0.001,
  reward: "outcome",
  unknownReward: "zero",
  snapshotEvery: 2,
  evaluation
} as const

const question = (id: string, family: string, text: string, answer: string): Question => ({
  id,
  family,
  text,
  answer,
  tokens: Effect.runSync(tokenizer.encode(text))
})

const heldOut = [
  question("test/chain/0", "chain", "2+3=?\n", "5"),
  question("test/chain/1", "chain", "9-4=?\n", "5"),
  question("test/eq/0", "eq", "2x+2=6,x=?\n", "2"),
  question("test/eq/1", "eq", "3x-3=9,x=?\n", "4")
]

/** The run with some choices made otherwise. */
export const smallRun = (choices: Partial<RunConfig> = {}): Run => {
  const config = new RunConfig({ ...settings, ...choices })
  const examples = config.prompts.map(({ answer, promptId, text }) => question(promptId, "train", text, answer))
  const byId = new Map([...examples, ...heldOut].map((each) => [each.id, each]))
  return {
    runId,
    config,
    baseHash,
    layout,
    criticLayout,
    tokenizer,
    examples,
    heldOut,
    benchmarks: [],
    maxPositions: smallPolicy.maxPositions,
    question: (id) => byId.get(id)
  }
}

/** Stages know these runs and no others. */
export const knowing = (...runs: ReadonlyArray<Run>): Layer.Layer<Runs> =>
  Layer.succeed(Runs, {
    of: (id: RunId) => {
      const run = runs.find(({ runId }) => runId === id)
      return run === undefined ? Effect.fail(new UnknownRun({ runId: id })) : Effect.succeed(run)
    }
  })

/** The hash that stands for the policy of a step where no weights are needed. */
export const policyHash = (step: number): string => (step === 0 ? baseHash : hash(`${step}`.slice(-1)))

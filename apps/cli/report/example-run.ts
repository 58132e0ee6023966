/**
 * A made-up run for the tests of this folder: the miniature's shape, round figures, no noise that is not written here.
 */
import type { EvaluationResult } from "../../../schemas/evaluation-completed.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import type { PolicyFigures, RunSummary, StepFigures } from "./summary.ts"

const families = ["chain", "prec", "eq", "word", "seq", "two"]

const result = (group: string, accuracy: number, of: Partial<EvaluationResult> = {}): EvaluationResult => ({
  group,
  problems: group === "all" ? 300 : 50,
  samplesPerProblem: 1,
  accuracy,
  low: Math.max(0, accuracy - 0.05),
  high: Math.min(1, accuracy + 0.04),
  passAtK: accuracy,
  boxed: 0.75,
  truncated: 0.02,
  responseLength: 25,
  figures: [],
  ...of
})

const policy = (all: number, byFamily: ReadonlyArray<number>, train: number): PolicyFigures => ({
  greedy: [result("all", all), ...families.map((family, index) => result(family, byFamily[index]))],
  sampled: [
    result("all", all * 0.75, { samplesPerProblem: 8, passAtK: Math.min(1, all * 0.4 + 0.6), boxed: 0.7 + all / 4 }),
    ...families.map((family, index) => result(family, byFamily[index] * 0.75, { samplesPerProblem: 8 }))
  ],
  train: [
    result("all", train, { problems: 1, samplesPerProblem: 8 }),
    result("train", train, { problems: 1, samplesPerProblem: 8 })
  ]
})

/** Figures of one update, with a swing so that a line has something to show. */
const stepFigures = (step: number): StepFigures => {
  const done = step / 60
  const swing = Math.sin(step * 1.7)
  return {
    step,
    rewardMean: Math.min(1, Math.max(0, 0.2 + 0.78 * (1 - Math.exp(-4 * done)) + 0.03 * swing)),
    entropy: 0.9 * Math.exp(-2.5 * done) + 0.12 + 0.02 * swing,
    kl: 0.4 * (1 - Math.exp(-3 * done)) + 0.01 * swing,
    gradientNorm: 0.6 * Math.exp(-2 * done) + 0.15 + 0.08 * swing * swing,
    responseLength: 22 + 6 * done + 0.6 * swing,
    zeroSignalGroups: Math.min(1, done * 0.8),
    tokens: 3200
  }
}

const config = new RunConfig({
  preset: "mini",
  model: { hash: "1b7e0c1f9e0d4a5f8f3f5d2f6a7c9b8e0d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a", name: "miniature" },
  prompts: [{ promptId: "two:0", text: "sum of 13-10 and 34+2?\n", answer: "39" }],
  copies: 16,
  groupSize: 8,
  cohorts: 2,
  shards: 4,
  steps: 60,
  seed: 0,
  temperature: 1,
  maxTokens: 56,
  maxStaleness: 0,
  learningRate: 3e-4,
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
  snapshotEvery: 10,
  evaluation: { everySteps: 10, testSeed: 1, problemsPerFamily: 50, samples: 8, temperature: 0.6, maxTokens: 56 }
})

/** Sixty steps from greedy 0.240 to 0.910, evaluated every ten. */
export const exampleRun: RunSummary = {
  runId: "mini-two-0-s0",
  config,
  steps: 60,
  base: policy(0.24, [0.28, 0.16, 0.22, 0.3, 0.34, 0.14], 0.125),
  trained: policy(0.91, [0.94, 0.84, 0.88, 0.96, 0.98, 0.86], 0.9375),
  curve: [0.24, 0.53, 0.83, 0.91, 0.9, 0.92, 0.91].map((accuracy, index) => ({
    step: index * 10,
    accuracy,
    low: accuracy - 0.05,
    high: accuracy + 0.04
  })),
  chosen: {
    validation: {
      ...{ by: "validation", step: 40, accuracy: 0.917, tests: ["validation"], problems: 60 },
      ...{ compared: [0, 10, 20, 30, 40, 50, 60], optimistic: false }
    },
    bestOnTest: {
      ...{ by: "best-on-test", step: 50, accuracy: 0.92, tests: ["greedy"], problems: 300 },
      ...{ compared: [0, 10, 20, 30, 40, 50, 60], optimistic: true }
    }
  },
  training: Array.from({ length: 60 }, (_, index) => stepFigures(index + 1)),
  samples: [
    {
      problemId: "two:17",
      problem: "sum of 13-10 and 34+2?\n",
      answer: "39",
      before: { text: "answer:\\boxed{88}", verdict: "incorrect" },
      after: { text: "step by step:13-10=3;34+2=36;3+36=39;\\boxed{39}", verdict: "correct" }
    },
    {
      problemId: "word:4",
      problem: "tom has 12 pens.buys 7.loses 3.how many?\n",
      answer: "16",
      before: { text: "hmm wait let me see 12+7=19;hmm hmm wait", verdict: "no-answer" },
      after: { text: "step by step:12+7=19;19-3=16;\\boxed{16}", verdict: "correct" }
    },
    {
      problemId: "prec:9",
      problem: "(2+4)*8=?\n",
      answer: "48",
      before: { text: "step by step:2+4=6;6*8=48;so 48.", verdict: "no-answer" },
      after: { text: "step by step:2+4=6;6*8=46;\\boxed{46}", verdict: "incorrect" }
    }
  ],
  weightsSha256: "9f2c4be1a77d0e35c2f14d9a6b0c8e7f5a3d2b1c0e9f8a7b6c5d4e3f2a1b0c9d",
  hashes: {
    base: "1b7e0c1f9e0d4a5f8f3f5d2f6a7c9b8e0d1c2b3a4f5e6d7c8b9a0f1e2d3c4b5a",
    tokenizer: "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00",
    config: "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"
  },
  environment: {
    backend: "tensorflow",
    backendVersion: "2.18.1",
    oneDnn: "true",
    intraOpThreads: "1",
    instructionSet: "avx512",
    node: "22.23.3",
    platform: "linux-x64"
  },
  codeVersion: "0.1.0"
}

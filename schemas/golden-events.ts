/**
 * One fixed example of every event, for golden bytes and tests. Its bytes lie beside its schema (v<N>.golden.bin); once
 * a version's bytes are there, neither they nor the example's meaning may change.
 */
import type { EventTag, OnefoldEvent } from "./catalogue.ts"
import { DeadLettered } from "./dead-lettered.ts"
import type { Environment } from "./environment.ts"
import { EvaluationCompleted } from "./evaluation-completed.ts"
import { EvaluationRequested } from "./evaluation-requested.ts"
import { EvaluationSampled } from "./evaluation-sampled.ts"
import { goldenCriticEvents } from "./golden-critic-events.ts"
import { causes, hash, runId } from "./golden-names.ts"
import { GradientComputed } from "./gradient-computed.ts"
import { GradientRequested } from "./gradient-requested.ts"
import { RunId } from "./ids.ts"
import { PolicyUpdated } from "./policy-updated.ts"
import { RolloutGenerated } from "./rollout-generated.ts"
import { RolloutGraded } from "./rollout-graded.ts"
import { RolloutRequested } from "./rollout-requested.ts"
import { RunCancelled } from "./run-cancelled.ts"
import { RunFailed } from "./run-failed.ts"
import { RunFinished } from "./run-finished.ts"
import { RunPaused } from "./run-paused.ts"
import { RunResumed } from "./run-resumed.ts"
import { RunStarted } from "./run-started.ts"

const environment: Environment = {
  backend: "tensorflow",
  backendVersion: "2.18.1",
  oneDnn: true,
  intraOpThreads: 1,
  instructionSet: "avx512",
  node: "22.23.3",
  platform: "linux-x64"
}

const text = "step by step:13-10=3;34+2=36;3+36=39;\\boxed{39} – ÷ 答 🎯"

export const goldenEvents: { readonly [T in EventTag]: Extract<OnefoldEvent, { readonly _tag: T }> } = {
  RunStarted: new RunStarted({
    runId,
    causes: [],
    codeVersion: "0.1.0",
    config: '{"preset":"mini","seed":0}',
    configHash: hash("1"),
    dataHash: hash("2"),
    tokenizerHash: hash("3"),
    baseHash: hash("4"),
    environment,
    logStart: [
      { topic: "runs", partition: 0, offset: 0 },
      { topic: "rollouts.generated", partition: 3, offset: 4_503_599_627_370_495 }
    ]
  }),
  RolloutRequested: new RolloutRequested({
    runId,
    causes: causes("golden-run/started"),
    step: 0,
    cohort: 1,
    policyHash: hash("4"),
    prompts: [{ promptId: "two:0", firstSample: 64, samples: 64 }]
  }),
  RolloutGenerated: new RolloutGenerated({
    runId,
    causes: causes("golden-run/0/rollouts/1"),
    step: 0,
    cohort: 1,
    promptId: "two:0",
    sampleIndex: 127,
    policyHash: hash("4"),
    tokens: Int32Array.of(52, 3, 0, 2_147_483_647, 1),
    logProbs: Float32Array.of(-0.25, -1.5, -0, -87.5, -1.401298464324817e-45),
    entropies: Float32Array.of(0, 0.5, 1.0000001192092896, 4.025351524353027, 2),
    text,
    stop: "eos"
  }),
  RolloutGraded: new RolloutGraded({
    runId,
    causes: causes("golden-run/0/rollout/two:0/127"),
    step: 0,
    promptId: "two:0",
    sampleIndex: 127,
    reward: 1,
    extracted: "39",
    verdict: "correct",
    rule: "equal integers",
    boxed: true,
    truncated: false,
    grader: "onefold-grader@1",
    rewardName: "outcome"
  }),
  GradientRequested: new GradientRequested({
    runId,
    causes: causes("golden-run/0/rollouts"),
    step: 0,
    rolloutStep: 0,
    shard: 3,
    shards: 4,
    policyHash: hash("4"),
    referenceHash: hash("4"),
    packedHash: hash("5"),
    rollouts: 32,
    tokens: 801,
    batchTokens: 3200
  }),
  GradientComputed: new GradientComputed({
    runId,
    causes: causes("golden-run/0/shard/3"),
    step: 0,
    rolloutStep: 0,
    shard: 3,
    shards: 4,
    policyHash: hash("4"),
    gradientHash: hash("6"),
    packedHash: hash("5"),
    rollouts: [
      { promptId: "two:0", sampleIndex: 96, length: 1 },
      { promptId: "two:0", sampleIndex: 97, length: 2 }
    ],
    advantages: Float32Array.of(0.8660253882408142, -0.8660253882408142),
    logProbs: Float32Array.of(-0.25, -1.5, -3),
    entropies: Float32Array.of(0.5, 1, 0),
    referenceLogProbs: Float32Array.of(-0.25, -1.25, -3.5),
    loss: -0.0125,
    policyLoss: -0.012,
    kl: 0.0003,
    entropy: 0.25,
    clipFraction: 0,
    mismatch: 1e-9
  }),
  PolicyUpdated: new PolicyUpdated({
    runId,
    causes: causes("golden-run/0/gradients"),
    step: 1,
    policyHash: hash("7"),
    previousPolicyHash: hash("4"),
    optimizerHash: hash("8"),
    snapshotHash: null,
    gradientHashes: [hash("6"), hash("9")],
    gradientNorms: [
      { parameter: "model.embed_tokens.weight", norm: 0.45 },
      { parameter: "model.norm.weight", norm: 0.6 }
    ],
    metrics: {
      loss: -0.0125,
      policyLoss: -0.012,
      kl: 0.0003,
      entropy: 0.25,
      clipFraction: 0,
      mismatch: 1e-9,
      gradientNorm: 0.75,
      learningRate: 0.0003,
      rewardMean: 0.140625,
      solvedShare: 0.140625,
      unknownCount: 1,
      zeroSignalGroups: 0.3125,
      responseLength: 25.0078125,
      truncatedShare: 0.0078125,
      tokens: 3201
    }
  }),
  EvaluationRequested: new EvaluationRequested({
    runId,
    causes: causes("golden-run/started"),
    step: 0,
    cohort: 0,
    cohorts: 10,
    policyHash: hash("4"),
    protocol: "avg@8",
    temperature: 0.6,
    samplesPerProblem: 8,
    problemIds: ["chain:17", "two:3"]
  }),
  EvaluationSampled: new EvaluationSampled({
    runId,
    causes: causes("golden-run/0/test/avg@8/0"),
    step: 0,
    protocol: "avg@8",
    cohort: 0,
    problemId: "chain:17",
    sampleIndex: 7,
    policyHash: hash("4"),
    tokens: Int32Array.of(46, 46),
    logProbs: Float32Array.of(-0.5, -0.125),
    entropies: Float32Array.of(0.75, 0.25),
    text: "hmmhmm",
    stop: "length",
    extracted: null,
    verdict: "no-answer",
    rule: "no box",
    boxed: false,
    grader: "exact@2",
    form: null,
    reflects: true,
    wouldExecute: false
  }),
  EvaluationCompleted: new EvaluationCompleted({
    runId,
    causes: causes("golden-run/0/avg@8/answers"),
    step: 0,
    policyHash: hash("4"),
    protocol: "avg@8",
    results: [
      {
        group: "all",
        problems: 2,
        samplesPerProblem: 8,
        accuracy: 0.25,
        low: 0.0625,
        high: 0.625,
        passAtK: 1,
        boxed: 0.75,
        truncated: 0.125,
        responseLength: 24.5,
        figures: [{ metric: "accuracy", value: 0.25, low: 0.0625, high: 0.625 }]
      }
    ]
  }),
  RunPaused: new RunPaused({
    runId,
    causes: causes("golden-run/1/policy"),
    step: 1,
    session: 1,
    reason: "asked by Ctrl-C"
  }),
  RunResumed: new RunResumed({
    runId,
    causes: causes("golden-run/paused/1"),
    session: 2,
    environment: { ...environment, intraOpThreads: 2, oneDnn: false },
    drift: ["intraOpThreads was 1 and is 2", "oneDnn was true and is false"]
  }),
  RunFinished: new RunFinished({ runId, causes: causes("golden-run/60/policy"), steps: 60, policyHash: hash("a") }),
  RunFailed: new RunFailed({
    runId,
    causes: causes("golden-run/1/policy"),
    step: 1,
    session: 2,
    reason: "EngineError",
    detail: "gradient failed (not-finite): loss is NaN",
    next: "look at step 1's rollouts, then resume"
  }),
  RunCancelled: new RunCancelled({
    runId,
    causes: causes("golden-run/1/policy"),
    step: 1,
    reason: "asked to from the command line"
  }),
  DeadLettered: new DeadLettered({
    runId: RunId.make("unknown"),
    topic: "rollouts.generated",
    partition: 3,
    offset: 12,
    reason: "EventUnreadable",
    detail: "it begins with byte 255, not 0",
    record: Uint8Array.of(255, 0, 128, 10)
  }),
  ...goldenCriticEvents
}

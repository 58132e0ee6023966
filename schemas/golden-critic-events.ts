/**
 * One fixed example of each event that only runs have whose batches are scored or that train a critic; see golden-events.ts.
 */
import { CriticGradientComputed } from "./critic-gradient-computed.ts"
import { CriticGradientRequested } from "./critic-gradient-requested.ts"
import { CriticUpdated } from "./critic-updated.ts"
import { causes, hash, runId } from "./golden-names.ts"
import { ScoresComputed } from "./scores-computed.ts"
import { ScoresRequested } from "./scores-requested.ts"

export const goldenCriticEvents = {
  ScoresRequested: new ScoresRequested({
    runId,
    causes: causes("golden-run/0/rollouts"),
    step: 0,
    shard: 3,
    shards: 4,
    policyHash: null,
    referenceHash: hash("4"),
    criticHash: hash("b"),
    packedHash: hash("5"),
    rollouts: 32,
    tokens: 801
  }),
  ScoresComputed: new ScoresComputed({
    runId,
    causes: causes("golden-run/0/scoring/3"),
    step: 0,
    shard: 3,
    shards: 4,
    packedHash: hash("5"),
    rollouts: [
      { promptId: "two:0", sampleIndex: 96, length: 1 },
      { promptId: "two:0", sampleIndex: 97, length: 2 }
    ],
    oldLogProbs: Float32Array.of(),
    referenceLogProbs: Float32Array.of(-0.25, -1.25, -3.5),
    values: Float32Array.of(0, 0.5, 0.75)
  }),
  CriticGradientRequested: new CriticGradientRequested({
    runId,
    causes: causes("golden-run/0/advantages"),
    step: 0,
    rolloutStep: 0,
    shard: 3,
    shards: 4,
    criticHash: hash("b"),
    packedHash: hash("5"),
    rollouts: 32,
    tokens: 801,
    batchTokens: 3200
  }),
  CriticGradientComputed: new CriticGradientComputed({
    runId,
    causes: causes("golden-run/0/critic-shard/3"),
    step: 0,
    rolloutStep: 0,
    shard: 3,
    shards: 4,
    criticHash: hash("b"),
    gradientHash: hash("d"),
    packedHash: hash("5"),
    rollouts: [
      { promptId: "two:0", sampleIndex: 96, length: 1 },
      { promptId: "two:0", sampleIndex: 97, length: 2 }
    ],
    values: Float32Array.of(0, 0.5, 0.75),
    oldValues: Float32Array.of(0, 0.5, 0.75),
    returns: Float32Array.of(1, 0, 0),
    loss: 0.1328125,
    clipFraction: 0
  }),
  CriticUpdated: new CriticUpdated({
    runId,
    causes: causes("golden-run/0/critic-gradients"),
    step: 1,
    criticHash: hash("e"),
    previousCriticHash: hash("b"),
    optimizerHash: hash("f"),
    snapshotHash: null,
    gradientHashes: [hash("d")],
    metrics: {
      loss: 0.1328125,
      clipFraction: 0.25,
      gradientNorm: 1.5,
      learningRate: 0.00001,
      valueMean: 0.4166666567325592,
      returnMean: 0.3333333333333333,
      explainedVariance: -1.75
    }
  })
}

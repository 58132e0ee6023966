/**
 * What a fabricated run with a critic does beside: scores of each batch, and the critic's own gradients and updates.
 */
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { CriticGradientComputed } from "../../../schemas/critic-gradient-computed.ts"
import { CriticGradientRequested } from "../../../schemas/critic-gradient-requested.ts"
import { CriticUpdated } from "../../../schemas/critic-updated.ts"
import { RunId } from "../../../schemas/ids.ts"
import type { RolloutGenerated } from "../../../schemas/rollout-generated.ts"
import { ScoresComputed } from "../../../schemas/scores-computed.ts"
import { ScoresRequested } from "../../../schemas/scores-requested.ts"
import { chance, criticOf, perToken, policyOf, type Shape, sha256 } from "./names.ts"
import { type Part, packedOf, tokensOf } from "./parts.ts"

/** A batch's scores. Of the first batch only values are asked for, so that its log-probs are unknown. */
export const scoresOf = (
  shape: Shape,
  step: number,
  batch: ReadonlyArray<RolloutGenerated>
): ReadonlyArray<OnefoldEvent> =>
  Array.from({ length: shape.shards }, (_, shard) => {
    const names = [shape.runId, step, shard, "scores"]
    const rollouts = batch.filter(({ sampleIndex }) => sampleIndex % shape.shards === shard)
    const length = tokensOf(rollouts)
    const place = {
      runId: RunId.make(shape.runId),
      causes: [],
      step,
      shard,
      shards: shape.shards,
      packedHash: sha256(...names, "packed")
    }
    return [
      new ScoresRequested({
        ...place,
        policyHash: step === 0 ? null : policyOf(shape.runId, step),
        referenceHash: step === 0 ? null : policyOf(shape.runId, 0),
        criticHash: criticOf(shape.runId, step),
        rollouts: rollouts.length,
        tokens: length
      }),
      new ScoresComputed({
        ...place,
        rollouts: packedOf(rollouts),
        oldLogProbs: perToken(step === 0 ? 0 : length, -3, ...names, "old"),
        referenceLogProbs: perToken(step === 0 ? 0 : length, -4, ...names, "reference"),
        values: perToken(length, 1, ...names, "values")
      })
    ]
  }).flat()

const criticGradientsOf = (
  shape: Shape,
  { rolloutStep, shards, step, tokens }: Part,
  index: number
): ReadonlyArray<OnefoldEvent> => {
  const names = [shape.runId, step, index, "critic"]
  const rollouts = shards[index]
  const length = tokensOf(rollouts)
  const place = {
    runId: RunId.make(shape.runId),
    causes: [],
    step,
    rolloutStep,
    shard: index,
    shards: shards.length,
    criticHash: criticOf(shape.runId, step),
    packedHash: sha256(...names, "packed")
  }
  return [
    new CriticGradientRequested({ ...place, rollouts: rollouts.length, tokens: length, batchTokens: tokens }),
    new CriticGradientComputed({
      ...place,
      gradientHash: sha256(...names, "gradient"),
      rollouts: packedOf(rollouts),
      values: perToken(length, 1, ...names, "values"),
      oldValues: perToken(length, 0.9, ...names, "old values"),
      returns: perToken(length, 1.1, ...names, "returns"),
      loss: chance(...names, "loss") / 3,
      clipFraction: 0.125
    })
  ]
}

/** The critic's update with a part of a batch. */
export const criticUpdateOf = (shape: Shape, part: Part): ReadonlyArray<OnefoldEvent> => {
  const { runId } = shape
  const { shards, step } = part
  return [
    ...shards.flatMap((_, shard) => criticGradientsOf(shape, part, shard)),
    new CriticUpdated({
      runId: RunId.make(runId),
      causes: [],
      step: step + 1,
      criticHash: criticOf(runId, step + 1),
      previousCriticHash: criticOf(runId, step),
      optimizerHash: sha256(runId, step, "critic's optimizer"),
      snapshotHash: step % 2 === 0 ? null : sha256(runId, step, "critic's snapshot"),
      gradientHashes: shards.map((_, shard) => sha256(runId, step, shard, "critic", "gradient")),
      metrics: {
        loss: chance(runId, step, "critic's loss"),
        clipFraction: 0.125,
        gradientNorm: 0.75,
        learningRate: 1e-5,
        valueMean: 0.4,
        returnMean: 0.5,
        explainedVariance: -0.25
      }
    })
  ]
}

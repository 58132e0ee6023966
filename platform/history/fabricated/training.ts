/**
 * The training steps of a fabricated run: requests, rollouts, verdicts, gradients and the new policy.
 */
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { GradientComputed } from "../../../schemas/gradient-computed.ts"
import { GradientRequested } from "../../../schemas/gradient-requested.ts"
import { RunId } from "../../../schemas/ids.ts"
import { PolicyUpdated } from "../../../schemas/policy-updated.ts"
import { RolloutGenerated } from "../../../schemas/rollout-generated.ts"
import { RolloutGraded } from "../../../schemas/rollout-graded.ts"
import { RolloutRequested } from "../../../schemas/rollout-requested.ts"
import { criticUpdateOf, scoresOf } from "./critic.ts"
import { chance, perToken, policyOf, promptId, type Shape, sha256, tokenIds, vocabulary } from "./names.ts"
import { type Part, packedOf, partsOf, tokensOf } from "./parts.ts"

const rolloutOf = (
  { cohorts, longest, runId, samples }: Shape,
  step: number,
  sampleIndex: number
): RolloutGenerated => {
  const coordinates = [runId, step, sampleIndex]
  const length = 1 + Math.floor(longest * chance(...coordinates, "length"))
  const first = Math.floor(tokenIds * chance(...coordinates, "token"))
  const tokens = Int32Array.from({ length }, (_, i) => (first + i) % tokenIds)
  return new RolloutGenerated({
    runId: RunId.make(runId),
    causes: [],
    step,
    cohort: Math.floor((sampleIndex * cohorts) / samples),
    promptId,
    sampleIndex,
    policyHash: policyOf(runId, step),
    tokens,
    logProbs: perToken(length, -3, ...coordinates, "logProbs"),
    entropies: sampleIndex === 0 ? null : perToken(length, 2, ...coordinates, "entropies"),
    text: Array.from(tokens, (token) => vocabulary[token] ?? "").join(""),
    stop: sampleIndex % 3 === 0 ? "length" : "eos"
  })
}

const verdictOf = ({ promptId, runId, sampleIndex, step, stop, text }: RolloutGenerated): RolloutGraded => {
  const isUnknown = sampleIndex % 7 === 3
  const isRight = sampleIndex % 2 === 0
  return new RolloutGraded({
    runId,
    causes: [],
    step,
    promptId,
    sampleIndex,
    reward: isUnknown ? null : Number(isRight),
    extracted: isUnknown ? null : Array.from(text).slice(0, 3).join(""),
    verdict: isUnknown ? "unknown" : isRight ? "correct" : "incorrect",
    rule: isUnknown ? "gave-up" : "integers",
    boxed: text.includes("\\boxed{"),
    truncated: stop === "length",
    grader: "simple@1",
    rewardName: "outcome"
  })
}

/** Step 0 is as older versions wrote it: no reference policy, and an advantage for each rollout, not for each token. */
const gradientsOf = (
  shape: Shape,
  { rolloutStep, shards, step, tokens }: Part,
  index: number
): ReadonlyArray<OnefoldEvent> => {
  const names = [shape.runId, step, index]
  const rollouts = shards[index]
  const length = tokensOf(rollouts)
  const place = {
    runId: RunId.make(shape.runId),
    causes: [],
    step,
    rolloutStep,
    shard: index,
    shards: shards.length,
    policyHash: policyOf(shape.runId, step),
    packedHash: sha256(...names, "packed")
  }
  return [
    new GradientRequested({
      ...place,
      referenceHash: step === 0 ? null : policyOf(shape.runId, 0),
      rollouts: rollouts.length,
      tokens: length,
      batchTokens: tokens
    }),
    new GradientComputed({
      ...place,
      gradientHash: sha256(...names, "gradient"),
      rollouts: packedOf(rollouts),
      advantages: perToken(step === 0 ? rollouts.length : length, 1.5, ...names, "advantages"),
      logProbs: Float32Array.from(rollouts.flatMap(({ logProbs }) => [...logProbs])),
      entropies: perToken(length, 2, ...names, "entropies"),
      referenceLogProbs: perToken(step === 0 ? 0 : length, -4, ...names, "reference"),
      loss: chance(...names, "loss") / 3,
      policyLoss: 1 / 3,
      kl: 0.001,
      entropy: 0.5,
      clipFraction: 0,
      mismatch: 1e-9
    })
  ]
}

const parameters = [
  "model.embed_tokens.weight",
  ...[0, 1].flatMap((layer) => [
    `model.layers.${layer}.self_attn.q_proj.weight`,
    `model.layers.${layer}.mlp.down_proj.weight`
  ]),
  "model.norm.weight"
]

const policyAfter = ({ runId, samples, shards }: Shape, step: number, tokens: number): PolicyUpdated =>
  new PolicyUpdated({
    runId: RunId.make(runId),
    causes: [],
    step: step + 1,
    policyHash: policyOf(runId, step + 1),
    previousPolicyHash: policyOf(runId, step),
    optimizerHash: sha256(runId, step, "optimizer"),
    snapshotHash: step % 2 === 0 ? null : sha256(runId, step, "snapshot"),
    gradientHashes: Array.from({ length: shards }, (_, shard) => sha256(runId, step, shard, "gradient")),
    gradientNorms: parameters.map((parameter) => ({ parameter, norm: chance(runId, step, parameter, "norm") })),
    metrics: {
      loss: chance(runId, step, "loss"),
      policyLoss: 0.1,
      kl: 0.002,
      entropy: 0.7,
      clipFraction: 0,
      mismatch: 1e-8,
      gradientNorm: 1.25,
      learningRate: 3e-4,
      rewardMean: 0.5,
      solvedShare: 0.5,
      unknownCount: 1,
      zeroSignalGroups: 0.25,
      responseLength: tokens / samples,
      truncatedShare: 0.125,
      tokens
    }
  })

const updateOf = (shape: Shape, part: Part): ReadonlyArray<OnefoldEvent> => [
  ...(shape.critic ? criticUpdateOf(shape, part) : []),
  ...part.shards.flatMap((_, shard) => gradientsOf(shape, part, shard)),
  policyAfter(shape, part.step, part.tokens)
]

/** The events of one batch: it is sampled, judged, scored where there is a critic, and learned from. */
export const batchOf = (shape: Shape, step: number): ReadonlyArray<OnefoldEvent> => {
  const { cohorts, samples } = shape
  const runId = RunId.make(shape.runId)
  const rollouts = Array.from({ length: samples }, (_, sample) => rolloutOf(shape, step, sample))
  const requests = Array.from({ length: cohorts }, (_, cohort) => {
    const own = rollouts.filter((rollout) => rollout.cohort === cohort)
    const prompts = [{ promptId, firstSample: own[0].sampleIndex, samples: own.length }]
    return new RolloutRequested({ runId, causes: [], step, cohort, policyHash: policyOf(runId, step), prompts })
  })
  return [
    ...requests,
    ...rollouts,
    ...rollouts.map(verdictOf),
    ...(shape.critic ? scoresOf(shape, step, rollouts) : []),
    ...partsOf(shape, step, rollouts).flatMap((part) => updateOf(shape, part))
  ]
}

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
import { chance, policyOf, promptId, type Shape, sha256, tokenIds, vocabulary } from "./names.ts"

const perToken = (length: number, scale: number, ...names: ReadonlyArray<unknown>): Float32Array => {
  const first = chance(...names)
  return Float32Array.from({ length }, (_, i) => scale * ((first + i * 0.618034) % 1))
}

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

interface Shard {
  readonly index: number
  readonly rollouts: ReadonlyArray<RolloutGenerated>
}

/** Step 0 has no reference policy, so that its tokens have no reference log-probs. */
const gradientsOf = (
  shape: Shape,
  step: number,
  { index, rollouts }: Shard,
  batchTokens: number
): ReadonlyArray<OnefoldEvent> => {
  const names = [shape.runId, step, index]
  const length = rollouts.reduce((sum, { tokens }) => sum + tokens.length, 0)
  const place = {
    runId: RunId.make(shape.runId),
    causes: [],
    step,
    shard: index,
    shards: shape.shards,
    policyHash: policyOf(shape.runId, step),
    packedHash: sha256(...names, "packed")
  }
  return [
    new GradientRequested({
      rolloutStep: step,
      ...place,
      referenceHash: step === 0 ? null : policyOf(shape.runId, 0),
      rollouts: rollouts.length,
      tokens: length,
      batchTokens
    }),
    new GradientComputed({
      rolloutStep: step,
      ...place,
      gradientHash: sha256(...names, "gradient"),
      rollouts: rollouts.map(({ promptId, sampleIndex, tokens }) => ({ promptId, sampleIndex, length: tokens.length })),
      advantages: perToken(rollouts.length, 1.5, ...names, "advantages"),
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

/** The events of one training step. */
export const stepOf = (shape: Shape, step: number): ReadonlyArray<OnefoldEvent> => {
  const { cohorts, samples, shards } = shape
  const runId = RunId.make(shape.runId)
  const rollouts = Array.from({ length: samples }, (_, sample) => rolloutOf(shape, step, sample))
  const tokens = rollouts.reduce((sum, rollout) => sum + rollout.tokens.length, 0)
  const requests = Array.from({ length: cohorts }, (_, cohort) => {
    const own = rollouts.filter((rollout) => rollout.cohort === cohort)
    const prompts = [{ promptId, firstSample: own[0].sampleIndex, samples: own.length }]
    return new RolloutRequested({ runId, causes: [], step, cohort, policyHash: policyOf(runId, step), prompts })
  })
  const gradients = Array.from({ length: shards }, (_, index) => {
    const own = rollouts.filter(({ sampleIndex }) => sampleIndex % shards === index)
    return gradientsOf(shape, step, { index, rollouts: own }, tokens)
  })
  return [...requests, ...rollouts, ...rollouts.map(verdictOf), ...gradients.flat(), policyAfter(shape, step, tokens)]
}

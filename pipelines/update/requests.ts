/**
 * What a whole batch asks for: scores of its tokens, or the gradients of one update, cut into shards of work.
 */
import { Effect, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import type { Cause, Delivered } from "../../platform/stream/stage.ts"
import { CriticGradientRequested } from "../../schemas/critic-gradient-requested.ts"
import { GradientRequested } from "../../schemas/gradient-requested.ts"
import type { Sha256, Step } from "../../schemas/ids.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import type { ScoresComputed } from "../../schemas/scores-computed.ts"
import { ScoresRequested } from "../../schemas/scores-requested.ts"
import { causesDigest } from "../causes.ts"
import { unknownRewards } from "../reward-unknown.ts"
import { firstPolicyOf, type Run } from "../runs.ts"
import { isCriticWarmUp, partOf, rolloutStepOf, updateOf } from "./batch.ts"
import { cutIntoShards, encodeShard, type PackedRollout } from "./pack.ts"
import { type JudgedRollout, noScores, type RolloutScores, trainingBatch, withDivisors } from "./training-batch.ts"

/** A rollout and its verdict. */
export interface Pair {
  readonly rollout: Delivered<RolloutGenerated>
  readonly verdict: Delivered<RolloutGraded>
}

/** A whole batch in coordinate order, with its scores in shard order where the run asks for them. */
export interface Batch {
  readonly pairs: ReadonlyArray<Pair>
  readonly scores: ReadonlyArray<Delivered<ScoresComputed>> | null
}

/** A critic, and which event says that it is the one to be asked; none of the first. */
export interface Critic {
  readonly hash: Sha256
  readonly causes: ReadonlyArray<Cause>
}

/** What an update begins with, and which events say so beside the batch's own. */
interface Weights {
  readonly policy: Sha256
  readonly critic: Sha256 | null
  readonly causes: ReadonlyArray<Cause>
}

/** A rollout was sampled from a policy older than the run allows. */
export class StaleRollout extends Schema.TaggedError<StaleRollout>()("StaleRollout", {
  id: Schema.String,
  policyHash: Schema.String,
  expected: Schema.String
}) {
  override get message(): string {
    return `rollout ${this.id} was sampled from policy ${this.policyHash}, but its step trains ${this.expected}`
  }
}

/** Fails with StaleRollout, or RewardUnknown where the run is to stop there. */
const checkUsable = Effect.fn("requests.checkUsable")(function* ({ config }: Run, pairs: ReadonlyArray<Pair>) {
  const expected = pairs[0].rollout.event.policyHash
  for (const { rollout } of pairs)
    if (rollout.event.policyHash !== expected)
      return yield* new StaleRollout({ id: rollout.id, policyHash: rollout.event.policyHash, expected })
  const verdicts = pairs.map(({ verdict }) => verdict.event)
  const stopped = unknownRewards(config.unknownReward, verdicts)
  if (stopped !== null) return yield* stopped
})

const tokensIn = (rollouts: ReadonlyArray<{ readonly tokens: Int32Array }>): number =>
  rollouts.reduce((sum, { tokens }) => sum + tokens.length, 0)

const rolloutsCause = (run: Run, step: number, pairs: ReadonlyArray<Pair>): Cause =>
  causesDigest(
    `${run.runId}/${step}/rollouts`,
    pairs.flatMap(({ rollout, verdict }) => [rollout, verdict])
  )

const none = new Float32Array(0)

/** Only what is scored. */
const unscored = ({ logProbs, promptId, sampleIndex, tokens }: RolloutGenerated): PackedRollout => ({
  ...{ promptId, sampleIndex, tokens, oldLogProbs: logProbs, divisors: null },
  ...{ advantages: none, behaviourLogProbs: none, referenceLogProbs: none, oldValues: none, returns: none }
})

/** Asks for what the run's advantages or ratios need of a batch beside its rewards. */
export const requestScores = Effect.fn("requests.requestScores")(function* (
  run: Run,
  step: Step,
  pairs: ReadonlyArray<Pair>,
  critic: Critic | null
) {
  const artifacts = yield* Artifacts
  yield* checkUsable(run, pairs)
  const { config, runId } = run
  const shards = cutIntoShards(
    pairs.map(({ rollout }) => unscored(rollout.event)),
    config.shards
  )
  const causes = [rolloutsCause(run, step, pairs), ...(critic?.causes ?? [])]
  return yield* Effect.forEach(
    shards,
    (shard, index) =>
      Effect.map(artifacts.store(encodeShard(shard, run)), (packedHash) => {
        const policyHash = config.oldLogProbs === "recomputed" ? pairs[0].rollout.event.policyHash : null
        const referenceHash = config.klRewardCoefficient > 0 ? firstPolicyOf(run) : null
        return new ScoresRequested({
          ...{ runId, step, causes, shard: index, shards: shards.length },
          ...{ policyHash, referenceHash, criticHash: critic?.hash ?? null, packedHash },
          ...{ rollouts: shard.length, tokens: tokensIn(shard) }
        })
      }),
    { concurrency: "unbounded" }
  )
})

/** Scores by coordinates, cut out of the shards they were computed in. */
const scoresByRollout = (scores: ReadonlyArray<Delivered<ScoresComputed>>): ReadonlyMap<string, RolloutScores> => {
  const found = new Map<string, RolloutScores>()
  for (const { event } of scores) {
    let from = 0
    for (const { length, promptId, sampleIndex } of event.rollouts) {
      const own = (values: Float32Array) => values.slice(from, from + length)
      const { oldLogProbs, referenceLogProbs, values } = event
      found.set(`${promptId}/${sampleIndex}`, {
        oldLogProbs: own(oldLogProbs),
        referenceLogProbs: own(referenceLogProbs),
        values: own(values)
      })
      from += length
    }
  }
  return found
}

const judged = ({ pairs, scores }: Batch): ReadonlyArray<JudgedRollout> => {
  const byRollout = scoresByRollout(scores ?? [])
  return pairs.map(({ rollout: { event }, verdict }) => ({
    rollout: event,
    reward: verdict.event.reward,
    scores: byRollout.get(`${event.promptId}/${event.sampleIndex}`) ?? noScores
  }))
}

/** The reference that the loss itself needs: none where it has no KL term, or where the scores hold its log-probs. */
const referenceOf = (run: Run): Sha256 | null =>
  run.config.klCoefficient > 0 && run.config.klRewardCoefficient === 0 ? firstPolicyOf(run) : null

/** The run's way of dividing sums does not fit what was sampled. */
export class BatchIndivisible extends Schema.TaggedError<BatchIndivisible>()("BatchIndivisible", {
  id: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.id}: ${this.detail}; start the run anew with a larger microBatchTokens, or with another aggregation`
  }
}

/** What one update learns from. */
const partWithDivisors = (run: Run, step: number, batch: Batch) => {
  const { config, runId } = run
  const part = partOf(trainingBatch(judged(batch), config), config, updateOf(config, step))
  return Effect.try({
    try: () => withDivisors(part, config, (promptId) => run.question(promptId)?.tokens.length ?? 0),
    catch: (error) =>
      new BatchIndivisible({ id: `${runId}/${step}`, detail: error instanceof Error ? error.message : String(error) })
  })
}

/** Asks for the gradients of one update. */
export const requestGradients = Effect.fn("requests.requestGradients")(function* (
  run: Run,
  step: Step,
  batch: Batch,
  weights: Weights
) {
  const artifacts = yield* Artifacts
  yield* checkUsable(run, batch.pairs)
  const { config, runId } = run
  const rolloutStep = rolloutStepOf(config, step)
  const rollouts = yield* partWithDivisors(run, step, batch)
  const batchTokens = tokensIn(rollouts)
  const shards = cutIntoShards(rollouts, config.shards)
  const scored = batch.scores === null ? [] : [causesDigest(`${runId}/${rolloutStep}/scores`, batch.scores)]
  const causes = [rolloutsCause(run, rolloutStep, batch.pairs), ...scored, ...weights.causes]
  const requests = yield* Effect.forEach(
    shards,
    (shard, index) =>
      Effect.map(artifacts.store(encodeShard(shard, run)), (packedHash) => {
        const common = {
          ...{ runId, step, rolloutStep, causes, shard: index, shards: shards.length, packedHash },
          ...{ rollouts: shard.length, tokens: tokensIn(shard), batchTokens }
        }
        const { critic, policy } = weights
        const ofPolicy = isCriticWarmUp(config, step)
          ? []
          : [new GradientRequested({ ...common, policyHash: policy, referenceHash: referenceOf(run) })]
        return critic === null
          ? ofPolicy
          : [...ofPolicy, new CriticGradientRequested({ ...common, criticHash: critic })]
      }),
    { concurrency: "unbounded" }
  )
  return requests.flat()
})

/**
 * apply: GradientComputed + RolloutGraded + CriticUpdated -> PolicyUpdated
 *
 * The fold: when every shard of a step is there, their gradients are summed in shard order, clipped and applied by
 * AdamW. A policy is the fold of its gradient events, so a worker that starts anew folds again from the nearest
 * snapshot and must come to the hashes that were recorded. While only the critic learns, the policy of the next step is
 * the same one, and goes forward when the critic does.
 */
import { Effect, HashMap, Schema } from "effect"
import { type Cause, causeOf, type Decider, type Delivered, type EventOf } from "../../platform/stream/stage.ts"
import { groupSizeOf } from "../../schemas/config-contradictions.ts"
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { causesDigest } from "../causes.ts"
import { type Run, Runs } from "../runs.ts"
import { isCriticWarmUp, rolloutStepOf, rolloutsIn } from "./batch.ts"
import { FoldChain } from "./fold-chain.ts"
import { policyFolding } from "./foldings.ts"
import { type RewardSummary, type ShardSummary, stepMetrics, summaryOf } from "./metrics.ts"

type Consumed = "GradientComputed" | "RolloutGraded" | "PolicyUpdated" | "CriticUpdated"

export interface ApplyState {
  /** Shards by number, of each step that is still being collected. */
  readonly shards: HashMap.HashMap<number, HashMap.HashMap<number, ShardSummary>>
  /** Verdicts by coordinates, of each batch that is still learned from, by the step it was sampled at. */
  readonly rewards: HashMap.HashMap<number, HashMap.HashMap<string, RewardSummary>>
  /** Updates that the critic has had. */
  readonly critic: number
  /** Gradients of every step so far, in shard order, by step: the policy is their fold. */
  readonly gradients: HashMap.HashMap<number, ReadonlyArray<string>>
  /** Policies that were stored whole, with moments: step and artifact. */
  readonly snapshots: ReadonlyArray<{ readonly step: number; readonly hash: string }>
}

/** The gradients at hand belong to another policy than the one they shall be applied to. */
export class ChainBroken extends Schema.TaggedError<ChainBroken>()("ChainBroken", {
  runId: Schema.String,
  step: Schema.Int,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId}, step ${this.step}: gradients were taken of policy ${this.expected}, but the fold of the log gives ${this.actual}; restore the data folder from a copy, or start the run anew`
  }
}

const shardsAt = ({ shards }: ApplyState, step: number): HashMap.HashMap<number, ShardSummary> => {
  const found = HashMap.get(shards, step)
  return found._tag === "Some" ? found.value : HashMap.empty()
}

const rewardsAt = ({ rewards }: ApplyState, rolloutStep: number): HashMap.HashMap<string, RewardSummary> => {
  const found = HashMap.get(rewards, rolloutStep)
  return found._tag === "Some" ? found.value : HashMap.empty()
}

const inShardOrder = (shards: HashMap.HashMap<number, ShardSummary>): ReadonlyArray<ShardSummary> =>
  [...HashMap.values(shards)].sort((a, b) => a.shard - b.shard)

const isWhole = (shards: ReadonlyArray<ShardSummary>): boolean =>
  shards.length > 0 && shards.length === shards[0].shards

const withGradients = (state: ApplyState, step: number, hashes: ReadonlyArray<string>): ApplyState => ({
  ...state,
  gradients: HashMap.set(state.gradients, step, hashes)
})

/** Figures of steps before the previous one are not needed again. */
const withShard = (state: ApplyState, event: GradientComputed, sha256: string): ApplyState => {
  const { step } = event
  const shards = HashMap.set(shardsAt(state, step), event.shard, summaryOf(event, sha256))
  const kept = HashMap.filter(state.shards, (_, other) => other >= step - 1)
  const after = { ...state, shards: HashMap.set(kept, step, shards) }
  const ordered = inShardOrder(shards)
  return isWhole(ordered)
    ? withGradients(
        after,
        step,
        ordered.map(({ gradientHash }) => gradientHash)
      )
    : after
}

/** Once a batch is sampled, those before it have been learned from. */
const withReward = (state: ApplyState, event: RolloutGraded): ApplyState => {
  const { promptId, reward, sampleIndex, step, truncated, verdict } = event
  const summary = { promptId, sampleIndex, reward, solved: verdict === "correct", truncated }
  const rewards = HashMap.set(rewardsAt(state, step), `${promptId}/${sampleIndex}`, summary)
  const kept = HashMap.has(state.rewards, step)
    ? state.rewards
    : HashMap.filter(state.rewards, (_, other) => other >= step - 1)
  return { ...state, rewards: HashMap.set(kept, step, rewards) }
}

const evolve = (state: ApplyState, { event, sha256 }: Delivered<EventOf<Consumed>>): ApplyState => {
  switch (event._tag) {
    case "PolicyUpdated": {
      const { gradientHashes, snapshotHash, step } = event
      const after = gradientHashes.length === 0 ? withGradients(state, step - 1, []) : state
      return snapshotHash === null ? after : { ...after, snapshots: [...after.snapshots, { step, hash: snapshotHash }] }
    }
    case "CriticUpdated":
      return { ...state, critic: Math.max(state.critic, event.step) }
    case "RolloutGraded":
      return withReward(state, event)
    case "GradientComputed":
      return withShard(state, event, sha256)
  }
}

const fold = Effect.fn("apply.fold")(function* (
  run: Run,
  state: ApplyState,
  step: number,
  shards: ReadonlyArray<ShardSummary>,
  cause: Cause
) {
  const chain = yield* FoldChain
  const folding = policyFolding(run)
  const before = yield* chain.at(folding, step, state)
  const odd = shards.find(({ policyHash }) => policyHash !== before)
  if (odd !== undefined)
    return yield* new ChainBroken({ runId: run.runId, step, expected: odd.policyHash, actual: before })
  const { snapshotEvery, steps } = run.config
  const isSnapshot = (step + 1) % snapshotEvery === 0 || step + 1 === steps
  const hashes = shards.map(({ gradientHash }) => gradientHash)
  const after = yield* chain.advance(folding, step, hashes, isSnapshot)
  const rewards = rewardsAt(state, rolloutStepOf(run.config, step))
  return new PolicyUpdated({
    runId: run.runId,
    step: step + 1,
    causes: [cause],
    policyHash: after.hash,
    previousPolicyHash: before,
    optimizerHash: after.optimizerHash,
    snapshotHash: after.snapshotHash,
    gradientHashes: hashes,
    metrics: stepMetrics(shards, [...HashMap.values(rewards)], {
      groupSize: groupSizeOf(run.config),
      learningRate: hashes.length === 0 ? 0 : folding.settingsAt(step).learningRate,
      gradientNorm: after.gradientNorm
    })
  })
})

/** The step whose policy an event may let go forward. */
const stepAfter = (event: EventOf<Consumed>): number => (event._tag === "CriticUpdated" ? event.step - 1 : event.step)

const decide = Effect.fn("apply.decide")(function* (state: ApplyState, delivered: Delivered<EventOf<Consumed>>) {
  const { event } = delivered
  if (event._tag === "PolicyUpdated") return []
  const run = yield* (yield* Runs).of(event.runId)
  const step = stepAfter(event)
  const rolloutStep = rolloutStepOf(run.config, step)
  if (HashMap.size(rewardsAt(state, rolloutStep)) !== rolloutsIn(run, rolloutStep)) return []
  if (isCriticWarmUp(run.config, step)) {
    const isDue = event._tag === "CriticUpdated" || (event._tag === "RolloutGraded" && state.critic > step)
    return isDue ? [yield* fold(run, state, step, [], causeOf(delivered))] : []
  }
  if (event._tag === "CriticUpdated") return []
  const shards = inShardOrder(shardsAt(state, step))
  if (!isWhole(shards)) return []
  return [yield* fold(run, state, step, shards, causesDigest(`${run.runId}/${step}/gradients`, shards))]
})

export const apply = {
  name: "apply",
  consumes: ["GradientComputed", "RolloutGraded", "PolicyUpdated", "CriticUpdated"],
  initialState: {
    shards: HashMap.empty(),
    rewards: HashMap.empty(),
    critic: 0,
    gradients: HashMap.empty(),
    snapshots: []
  },
  evolve,
  decide
} satisfies Decider<ApplyState, Consumed, unknown, Runs | FoldChain>

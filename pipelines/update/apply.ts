/**
 * apply: GradientComputed + RolloutGraded + CriticUpdated -> PolicyUpdated
 *
 * The fold: when every shard of a step is there, their gradients are summed in shard order, clipped and applied by
 * AdamW. A policy is the fold of its gradient events, so a worker that starts anew folds again from the nearest
 * snapshot and must come to the hashes that were recorded. While only the critic learns, the policy of the next step is
 * the same one, and goes forward when the critic does.
 */
import { Effect, HashMap } from "effect"
import { type Cause, causeOf, type Decider, type Delivered, type EventOf } from "../../platform/stream/stage.ts"
import { groupSizeOf } from "../../schemas/config-contradictions.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { causesDigest } from "../causes.ts"
import { type Run, Runs } from "../runs.ts"
import { isCriticWarmUp, rolloutStepOf, rolloutsIn } from "./batch.ts"
import { type Collected, nothingCollected, wholeStep, withShard, withSnapshot } from "./collected.ts"
import type { FoldChain } from "./fold-chain.ts"
import { foldStep } from "./fold-step.ts"
import { policyFolding } from "./foldings.ts"
import { type RewardSummary, type ShardSummary, stepMetrics, summaryOf } from "./metrics.ts"

type Consumed = "GradientComputed" | "RolloutGraded" | "PolicyUpdated" | "CriticUpdated"

/** How far the critic has come, and what says so. */
interface CriticProgress {
  readonly step: number
  readonly cause: Cause
}

export interface ApplyState extends Collected<ShardSummary> {
  /** Verdicts by coordinates, of each batch that is still learned from, by the step it was sampled at. */
  readonly rewards: HashMap.HashMap<number, HashMap.HashMap<string, RewardSummary>>
  /** Null before the critic's first update. */
  readonly critic: CriticProgress | null
}

const rewardsAt = ({ rewards }: ApplyState, rolloutStep: number): HashMap.HashMap<string, RewardSummary> => {
  const found = HashMap.get(rewards, rolloutStep)
  return found._tag === "Some" ? found.value : HashMap.empty()
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

const evolve = (state: ApplyState, delivered: Delivered<EventOf<Consumed>>): ApplyState => {
  const { event, sha256 } = delivered
  switch (event._tag) {
    case "PolicyUpdated":
      return { ...state, ...withSnapshot(state, event) }
    case "CriticUpdated":
      return (state.critic?.step ?? 0) < event.step
        ? { ...state, critic: { step: event.step, cause: causeOf(delivered) } }
        : state
    case "RolloutGraded":
      return withReward(state, event)
    case "GradientComputed":
      return { ...state, ...withShard(state, event.step, summaryOf(event, sha256)) }
  }
}

const fold = Effect.fn("apply.fold")(function* (
  run: Run,
  state: ApplyState,
  step: number,
  shards: ReadonlyArray<ShardSummary>,
  cause: Cause
) {
  const folding = policyFolding(run)
  const gradients = shards.map(({ gradientHash, policyHash }) => ({ gradientHash, takenOf: policyHash }))
  const { after, before, hashes } = yield* foldStep(run, folding, step, state, gradients)
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
    gradientNorms: after.parameterNorms.map((norm, i) => ({ parameter: folding.layout.parameters[i].name, norm })),
    metrics: stepMetrics(shards, [...HashMap.values(rewards)], {
      groupSize: groupSizeOf(run.config),
      learningRate: hashes.length === 0 ? 0 : folding.settingsAt(step).learningRate,
      gradientNorm: after.gradientNorm
    })
  })
})

/** The step whose policy an event may let go forward. */
const stepAfter = (event: EventOf<Consumed>): number => (event._tag === "CriticUpdated" ? event.step - 1 : event.step)

const decide = Effect.fn("apply.decide")(function* (state: ApplyState, { event }: Delivered<EventOf<Consumed>>) {
  if (event._tag === "PolicyUpdated") return []
  const run = yield* (yield* Runs).of(event.runId)
  const step = stepAfter(event)
  if (HashMap.size(rewardsAt(state, rolloutStepOf(run.config, step))) !== rolloutsIn(run)) return []
  if (isCriticWarmUp(run.config, step)) {
    const { critic } = state
    // Whichever comes last, the critic or a verdict that arrives late: the cause is the same.
    return critic?.step === step + 1 ? [yield* fold(run, state, step, [], critic.cause)] : []
  }
  const shards = event._tag === "CriticUpdated" ? null : wholeStep(state, step)
  if (shards === null) return []
  return [yield* fold(run, state, step, shards, causesDigest(`${run.runId}/${step}/gradients`, shards))]
})

export const apply = {
  name: "apply",
  consumes: ["GradientComputed", "RolloutGraded", "PolicyUpdated", "CriticUpdated"],
  initialState: { ...nothingCollected, rewards: HashMap.empty(), critic: null },
  evolve,
  decide
} satisfies Decider<ApplyState, Consumed, unknown, Runs | FoldChain>

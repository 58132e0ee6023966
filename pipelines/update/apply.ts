/**
 * apply: GradientComputed + RolloutGraded -> PolicyUpdated
 *
 * The fold: when every shard of a step is there, their gradients are summed in shard order, clipped and applied by
 * AdamW. A policy is the fold of its gradient events, so a worker that starts anew folds again from the nearest
 * snapshot and must come to the hashes that were recorded.
 */
import { Effect, HashMap, Schema } from "effect"
import type { Decider, Delivered, EventOf } from "../../platform/stream/stage.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import { causesDigest } from "../causes.ts"
import { type Run, Runs } from "../runs.ts"
import { type RewardSummary, type ShardSummary, stepMetrics, summaryOf } from "./metrics.ts"
import { PolicyChain } from "./policy-chain.ts"

type Consumed = "GradientComputed" | "RolloutGraded" | "PolicyUpdated"

interface StepState {
  readonly shards: HashMap.HashMap<number, ShardSummary>
  readonly rewards: HashMap.HashMap<string, RewardSummary>
}

export interface ApplyState {
  readonly steps: HashMap.HashMap<number, StepState>
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

const nothing: StepState = { shards: HashMap.empty(), rewards: HashMap.empty() }

const stepOf = (state: ApplyState, step: number): StepState => {
  const found = HashMap.get(state.steps, step)
  return found._tag === "Some" ? found.value : nothing
}

const inShardOrder = (shards: HashMap.HashMap<number, ShardSummary>): ReadonlyArray<ShardSummary> =>
  [...HashMap.values(shards)].sort((a, b) => a.shard - b.shard)

const isWhole = (shards: ReadonlyArray<ShardSummary>): boolean =>
  shards.length > 0 && shards.length === shards[0].shards

/** Replaces one step's state; figures of steps before the previous one are not needed again. */
const withStep = (state: ApplyState, step: number, value: StepState): ApplyState => ({
  ...state,
  steps: HashMap.set(
    HashMap.filter(state.steps, (_, other) => other >= step - 1),
    step,
    value
  )
})

const evolve = (state: ApplyState, { event, sha256 }: Delivered<EventOf<Consumed>>): ApplyState => {
  switch (event._tag) {
    case "PolicyUpdated":
      return event.snapshotHash === null
        ? state
        : { ...state, snapshots: [...state.snapshots, { step: event.step, hash: event.snapshotHash }] }
    case "RolloutGraded": {
      const { promptId, reward, sampleIndex, truncated, verdict } = event
      const before = stepOf(state, event.step)
      const summary = { promptId, sampleIndex, reward, solved: verdict === "correct", truncated }
      const rewards = HashMap.set(before.rewards, `${promptId}/${sampleIndex}`, summary)
      return withStep(state, event.step, { ...before, rewards })
    }
    case "GradientComputed": {
      const before = stepOf(state, event.step)
      const shards = HashMap.set(before.shards, event.shard, summaryOf(event, sha256))
      const after = withStep(state, event.step, { ...before, shards })
      const ordered = inShardOrder(shards)
      return isWhole(ordered)
        ? {
            ...after,
            gradients: HashMap.set(
              after.gradients,
              event.step,
              ordered.map(({ gradientHash }) => gradientHash)
            )
          }
        : after
    }
  }
}

const fold = Effect.fn("apply.fold")(function* (
  run: Run,
  state: ApplyState,
  step: number,
  shards: ReadonlyArray<ShardSummary>
) {
  const chain = yield* PolicyChain
  const before = yield* chain.at(run, step, state)
  if (before !== shards[0].policyHash)
    return yield* new ChainBroken({ runId: run.runId, step, expected: shards[0].policyHash, actual: before })
  const isSnapshot = (step + 1) % run.config.snapshotEvery === 0 || step + 1 === run.config.steps
  const after = yield* chain.advance(
    run,
    step,
    shards.map(({ gradientHash }) => gradientHash),
    isSnapshot
  )
  const { rewards } = stepOf(state, step)
  return new PolicyUpdated({
    runId: run.runId,
    step: step + 1,
    causes: [causesDigest(`${run.runId}/${step}/gradients`, shards)],
    policyHash: after.policyHash,
    previousPolicyHash: before,
    optimizerHash: after.optimizerHash,
    snapshotHash: after.snapshotHash,
    gradientHashes: shards.map(({ gradientHash }) => gradientHash),
    metrics: stepMetrics(shards, [...HashMap.values(rewards)], {
      groupSize: run.config.groupSize,
      learningRate: run.config.learningRate,
      gradientNorm: after.gradientNorm
    })
  })
})

const decide = Effect.fn("apply.decide")(function* (state: ApplyState, { event }: Delivered<EventOf<Consumed>>) {
  if (event._tag === "PolicyUpdated") return []
  const run = yield* (yield* Runs).of(event.runId)
  const { rewards, shards } = stepOf(state, event.step)
  const ordered = inShardOrder(shards)
  const expected = run.examples.length * run.config.copies * run.config.groupSize
  if (!isWhole(ordered) || HashMap.size(rewards) !== expected) return []
  return [yield* fold(run, state, event.step, ordered)]
})

export const apply = {
  name: "apply",
  consumes: ["GradientComputed", "RolloutGraded", "PolicyUpdated"],
  initialState: { steps: HashMap.empty(), gradients: HashMap.empty(), snapshots: [] },
  evolve,
  decide
} satisfies Decider<ApplyState, Consumed, unknown, Runs | PolicyChain>

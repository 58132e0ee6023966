/**
 * group: RolloutGenerated + RolloutGraded -> GradientRequested
 *
 * Waits until every rollout of a step has its verdict, turns rewards into advantages group by group, and cuts the
 * batch into shards of work. Everything is ordered by coordinates, so the order of arrival leaves no trace.
 */
import { Effect, HashMap, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { batchAdvantages } from "../../learning/objective/advantages.ts"
import type { Decider, Delivered, EventOf } from "../../platform/stream/stage.ts"
import { GradientRequested } from "../../schemas/gradient-requested.ts"
import type { Step } from "../../schemas/ids.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { causesDigest } from "../causes.ts"
import { firstPolicyOf, type Run, Runs } from "../runs.ts"
import { cutIntoShards, encodeShard, type PackedRollout } from "./pack.ts"

type Consumed = "RolloutGenerated" | "RolloutGraded"

interface StepState {
  readonly generated: HashMap.HashMap<string, Delivered<RolloutGenerated>>
  readonly graded: HashMap.HashMap<string, Delivered<RolloutGraded>>
}

/** What is known of each step that is still being collected, by step. */
export type GroupState = HashMap.HashMap<number, StepState>

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

const nothing: StepState = { generated: HashMap.empty(), graded: HashMap.empty() }

const coordinatesOf = ({ promptId, sampleIndex }: RolloutGenerated | RolloutGraded): string =>
  `${promptId}/${sampleIndex}`

/** Adds an event to its step and forgets the steps before the previous one: they have been trained on. */
const evolve = (state: GroupState, delivered: Delivered<EventOf<Consumed>>): GroupState => {
  const { event } = delivered
  const before = HashMap.get(state, event.step)
  const step = before._tag === "Some" ? before.value : nothing
  const key = coordinatesOf(event)
  const after: StepState =
    event._tag === "RolloutGenerated"
      ? { ...step, generated: HashMap.set(step.generated, key, { ...delivered, event }) }
      : { ...step, graded: HashMap.set(step.graded, key, { ...delivered, event }) }
  const kept = before._tag === "Some" ? state : HashMap.filter(state, (_, other) => other >= event.step - 1)
  return HashMap.set(kept, event.step, after)
}

interface Pair {
  readonly rollout: Delivered<RolloutGenerated>
  readonly verdict: Delivered<RolloutGraded>
}

/** Rollouts with their verdicts in coordinate order: example by example, sample by sample. Null while one is missing. */
const pairsOf = ({ generated, graded }: StepState, run: Run): ReadonlyArray<Pair> | null => {
  const samples = run.config.copies * run.config.groupSize
  const expected = run.examples.length * samples
  if (HashMap.size(generated) !== expected || HashMap.size(graded) !== expected) return null
  const pairs: Array<Pair> = []
  for (const { id } of run.examples)
    for (let sample = 0; sample < samples; sample++) {
      const rollout = HashMap.get(generated, `${id}/${sample}`)
      const verdict = HashMap.get(graded, `${id}/${sample}`)
      if (rollout._tag === "None" || verdict._tag === "None") return null
      pairs.push({ rollout: rollout.value, verdict: verdict.value })
    }
  return pairs
}

/** [B] advantages; a reward that is unknown counts as 0, or takes its whole group out of the policy loss, as the run says. */
const advantagesOf = (pairs: ReadonlyArray<Pair>, { config }: Run): Float32Array => {
  const rewards = Float32Array.from(pairs, ({ verdict }) => verdict.event.reward ?? 0)
  const advantages = batchAdvantages(rewards, config.groupSize)
  if (config.unknownReward === "drop-group")
    for (const [i, { verdict }] of pairs.entries())
      if (verdict.event.reward === null) {
        const first = i - (i % config.groupSize)
        advantages.fill(0, first, first + config.groupSize)
      }
  return advantages
}

const requestGradients = Effect.fn("group.requestGradients")(function* (
  run: Run,
  step: Step,
  pairs: ReadonlyArray<Pair>
) {
  const artifacts = yield* Artifacts
  const policyHash = pairs[0].rollout.event.policyHash
  for (const { rollout } of pairs)
    if (rollout.event.policyHash !== policyHash)
      return yield* new StaleRollout({ id: rollout.id, policyHash: rollout.event.policyHash, expected: policyHash })

  const advantages = advantagesOf(pairs, run)
  const rollouts = pairs.map(({ rollout: { event } }, i): PackedRollout => {
    const { logProbs, promptId, sampleIndex, tokens } = event
    return { promptId, sampleIndex, tokens, oldLogProbs: logProbs, advantage: advantages[i] }
  })
  const batchTokens = rollouts.reduce((sum, { tokens }) => sum + tokens.length, 0)
  const shards = cutIntoShards(rollouts, run.config.shards)
  const causes = [
    causesDigest(
      `${run.runId}/${step}/rollouts`,
      pairs.flatMap(({ rollout, verdict }) => [rollout, verdict])
    )
  ]
  return yield* Effect.forEach(
    shards,
    (shard, index) =>
      Effect.gen(function* () {
        const packedHash = yield* artifacts.store(encodeShard(shard, run))
        return new GradientRequested({
          runId: run.runId,
          step,
          rolloutStep: step,
          causes,
          shard: index,
          shards: shards.length,
          policyHash,
          referenceHash: run.config.klCoefficient > 0 ? firstPolicyOf(run) : null,
          packedHash,
          rollouts: shard.length,
          tokens: shard.reduce((sum, { tokens }) => sum + tokens.length, 0),
          batchTokens
        })
      }),
    { concurrency: "unbounded" }
  )
})

const decide = Effect.fn("group.decide")(function* (state: GroupState, { event }: Delivered<EventOf<Consumed>>) {
  const run = yield* (yield* Runs).of(event.runId)
  const collected = HashMap.get(state, event.step)
  const pairs = collected._tag === "Some" ? pairsOf(collected.value, run) : null
  return pairs === null ? [] : yield* requestGradients(run, event.step, pairs)
})

export const group = {
  name: "group",
  consumes: ["RolloutGenerated", "RolloutGraded"],
  initialState: HashMap.empty(),
  evolve,
  decide
} satisfies Decider<GroupState, Consumed, unknown, Runs | Artifacts>

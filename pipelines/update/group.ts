/**
 * group: RolloutGenerated + RolloutGraded + ScoresComputed + PolicyUpdated + CriticUpdated
 *        -> ScoresRequested, GradientRequested, CriticGradientRequested
 *
 * Waits until every rollout of a batch has its verdict, asks for scores where the run's advantages need them, turns all of
 * it into what is to be learned, and cuts that into shards of work: for the first update at once, for each further one
 * when the policy, and the critic where there is one, stand where it begins. Everything is ordered by coordinates, so the
 * order of arrival leaves no trace.
 */
import { Effect, HashMap } from "effect"
import type { Artifacts } from "../../learning/artifacts.ts"
import type { Cause, Decider, Delivered, EventOf } from "../../platform/stream/stage.ts"
import type { Sha256 } from "../../schemas/ids.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import type { ScoresComputed } from "../../schemas/scores-computed.ts"
import { type Run, Runs } from "../runs.ts"
import { examplesOf, rolloutStepOf, rolloutsIn, samplesOf, updateOf } from "./batch.ts"
import { type Critic, type Pair, requestGradients, requestScores } from "./requests.ts"
import { needsScores } from "./training-batch.ts"

type Consumed = "RolloutGenerated" | "RolloutGraded" | "ScoresComputed" | "PolicyUpdated" | "CriticUpdated"

interface BatchState {
  readonly generated: HashMap.HashMap<string, Delivered<RolloutGenerated>>
  readonly graded: HashMap.HashMap<string, Delivered<RolloutGraded>>
  readonly scores: HashMap.HashMap<number, Delivered<ScoresComputed>>
}

/** Weights at the newest step that is known. */
interface Weights {
  readonly step: number
  readonly hash: Sha256
  readonly cause: Cause
}

export interface GroupState {
  /** What is known of each batch that is still learned from, by the step it was sampled at. */
  readonly batches: HashMap.HashMap<number, BatchState>
  readonly policy: Weights | null
  readonly critic: Weights | null
}

const nothing: BatchState = { generated: HashMap.empty(), graded: HashMap.empty(), scores: HashMap.empty() }

const coordinatesOf = ({ promptId, sampleIndex }: RolloutGenerated | RolloutGraded): string =>
  `${promptId}/${sampleIndex}`

const batchAt = ({ batches }: GroupState, step: number): BatchState | null => {
  const found = HashMap.get(batches, step)
  return found._tag === "Some" ? found.value : null
}

/** Replaces what is known of a batch, and forgets those before: once one is sampled, they have been learned from. */
const withBatch = (state: GroupState, step: number, change: (batch: BatchState) => Partial<BatchState>): GroupState => {
  const before = batchAt(state, step)
  const kept = before === null ? HashMap.filter(state.batches, (_, other) => other >= step - 1) : state.batches
  const batch = before ?? nothing
  return { ...state, batches: HashMap.set(kept, step, { ...batch, ...change(batch) }) }
}

const newer = (known: Weights | null, weights: Weights): Weights =>
  known !== null && known.step >= weights.step ? known : weights

const evolve = (state: GroupState, delivered: Delivered<EventOf<Consumed>>): GroupState => {
  const { event, id, sha256 } = delivered
  const cause = { id, sha256 }
  switch (event._tag) {
    case "RolloutGenerated":
      return withBatch(state, event.step, ({ generated }) => ({
        generated: HashMap.set(generated, coordinatesOf(event), { ...delivered, event })
      }))
    case "RolloutGraded":
      return withBatch(state, event.step, ({ graded }) => ({
        graded: HashMap.set(graded, coordinatesOf(event), { ...delivered, event })
      }))
    case "ScoresComputed":
      return withBatch(state, event.step, ({ scores }) => ({
        scores: HashMap.set(scores, event.shard, { ...delivered, event })
      }))
    case "PolicyUpdated":
      return { ...state, policy: newer(state.policy, { step: event.step, hash: event.policyHash, cause }) }
    case "CriticUpdated":
      return { ...state, critic: newer(state.critic, { step: event.step, hash: event.criticHash, cause }) }
  }
}

/** Rollouts with their verdicts in coordinate order: example by example, sample by sample. Null while one is missing. */
const pairsOf = ({ generated, graded }: BatchState, run: Run, step: number): ReadonlyArray<Pair> | null => {
  const samples = samplesOf(run.config)
  const expected = rolloutsIn(run)
  if (HashMap.size(generated) !== expected || HashMap.size(graded) !== expected) return null
  const pairs: Array<Pair> = []
  for (const { id } of examplesOf(run, step))
    for (let sample = 0; sample < samples; sample++) {
      const rollout = HashMap.get(generated, `${id}/${sample}`)
      const verdict = HashMap.get(graded, `${id}/${sample}`)
      if (rollout._tag === "None" || verdict._tag === "None") return null
      pairs.push({ rollout: rollout.value, verdict: verdict.value })
    }
  return pairs
}

/** Every shard's scores in shard order; null while one is missing. */
const scoresOf = ({ scores }: BatchState): ReadonlyArray<Delivered<ScoresComputed>> | null => {
  const found = [...HashMap.values(scores)].sort((a, b) => a.event.shard - b.event.shard)
  return found.length > 0 && found.length === found[0].event.shards ? found : null
}

/** The critic of a step, and what says so; null while it is not known, or where there is none. */
const criticAt = ({ critic }: GroupState, { config }: Run, step: number): Critic | null => {
  const first = config.fork?.critic?.hash ?? config.critic?.initial
  if (step === (config.fork?.step ?? 0)) return first === undefined ? null : { hash: first, causes: [] }
  return critic?.step === step ? { hash: critic.hash, causes: [critic.cause] } : null
}

/** The batch that an event may complete, or an update of it that it may open. */
const targetOf = (event: EventOf<Consumed>, { config }: Run): { readonly batch: number; readonly update: number } =>
  event._tag === "PolicyUpdated" || event._tag === "CriticUpdated"
    ? { batch: rolloutStepOf(config, event.step), update: updateOf(config, event.step) }
    : { batch: event.step, update: 0 }

const decide = Effect.fn("group.decide")(function* (state: GroupState, { event }: Delivered<EventOf<Consumed>>) {
  const run = yield* (yield* Runs).of(event.runId)
  const { batch: step, update } = targetOf(event, run)
  const batch = batchAt(state, step)
  const pairs = batch === null ? null : pairsOf(batch, run, step)
  if (batch === null || pairs === null) return []
  const isCriticNeeded = run.config.critic !== undefined
  const scores = scoresOf(batch)
  if (needsScores(run.config) && scores === null) {
    const critic = criticAt(state, run, step)
    // A policy that was updated or scores of one shard complete nothing that scores could be asked for.
    const isAsking = event._tag !== "ScoresComputed" && event._tag !== "PolicyUpdated"
    return isAsking && (critic !== null || !isCriticNeeded) ? yield* requestScores(run, step, pairs, critic) : []
  }
  if (update === 0) {
    // The first update begins with the batch itself; policy and critic were there before it was sampled or scored.
    const isOpening = event._tag !== "PolicyUpdated" && event._tag !== "CriticUpdated"
    const critic = criticAt(state, run, step)?.hash ?? null
    const weights = { policy: pairs[0].rollout.event.policyHash, critic, causes: [] }
    return isOpening ? yield* requestGradients(run, step, { pairs, scores }, weights) : []
  }
  const at = step + update
  const { policy } = state
  const critic = criticAt(state, run, at)
  if (policy?.step !== at || (isCriticNeeded && critic === null)) return []
  const causes = [policy.cause, ...(critic?.causes ?? [])]
  const weights = { policy: policy.hash, critic: critic?.hash ?? null, causes }
  return yield* requestGradients(run, at, { pairs, scores }, weights)
})

export const group = {
  name: "group",
  consumes: ["RolloutGenerated", "RolloutGraded", "ScoresComputed", "PolicyUpdated", "CriticUpdated"],
  initialState: { batches: HashMap.empty(), policy: null, critic: null },
  evolve,
  decide
} satisfies Decider<GroupState, Consumed, unknown, Runs | Artifacts>

/**
 * The phases of one GRPO step on the engine alone, without log, events or history: what the peers do in a step.
 */

import { crc32 } from "node:zlib"
import { Effect } from "effect"
import { Artifacts, type Sha256 } from "../../../learning/artifacts.ts"
import { batchAdvantages, overTokens } from "../../../learning/objective/advantages.ts"
import { type FoldState, foldInto } from "../../../learning/objective/fold.ts"
import { paperObjective } from "../../../learning/objective/objective.ts"
import { encodeParameters } from "../../../learning/policy/checkpoint/checkpoint.ts"
import { type Generated, PolicyEngine, type SequenceBatch } from "../../../learning/policy/engine/engine.ts"
import { sharedMemory } from "../../../learning/policy/engine/shared-bytes.ts"
import type { ParameterLayout } from "../../../learning/policy/parameters.ts"
import type { Job } from "./job.ts"

/** How a step is cut: bits depend on it, work does not. */
export interface Cut {
  /** Cohorts, and gradient shards. */
  readonly workers: number
  /** Sequences whose activations live at once. */
  readonly micro: number
}

/** Every answer of a step, in order; each has exactly the job's tokens. */
export const generatePhase = Effect.fn("peers.generate")(function* (
  job: Job,
  { workers }: Cut,
  weights: Sha256,
  step: number
) {
  const engine = yield* PolicyEngine
  const samples = job.groups * job.groupSize
  const cohorts = Array.from({ length: workers }, (_, cohort) => {
    const first = Math.floor((cohort * samples) / workers)
    const last = Math.floor(((cohort + 1) * samples) / workers)
    return engine.generate({
      weights,
      prompts: [{ promptId: job.name, tokens: job.prompt, firstSample: first, samples: last - first }],
      ...{ temperature: job.temperature, maxTokens: job.newTokens, minTokens: job.newTokens, seed: 0, stream: 1, step }
    })
  })
  return (yield* Effect.all(cohorts, { concurrency: "unbounded" })).flat()
})

/** The peers' made-up reward of an answer: a checksum's last bit. */
export const pseudoReward = (tokens: Int32Array): number => crc32(tokens.join(",")) & 1

/** A gradient shard: answers that follow one another. */
export interface Shard {
  readonly batch: SequenceBatch
  readonly oldLogProbs: Float32Array
  readonly advantages: Float32Array
}

export const rewardPhase = (job: Job, { workers }: Cut, answers: ReadonlyArray<Generated>): ReadonlyArray<Shard> => {
  const rewards = Float32Array.from(answers, ({ tokens }) => pseudoReward(tokens))
  const advantages = batchAdvantages(rewards, job.groupSize)
  const startOf = (shard: number) => Math.floor((shard * answers.length) / workers)
  return Array.from({ length: workers }, (_, shard) => {
    const own = answers.slice(startOf(shard), startOf(shard + 1))
    const oldLogProbs = new Float32Array(own.length * job.newTokens)
    for (const [i, { logProbs }] of own.entries()) oldLogProbs.set(logProbs, i * job.newTokens)
    return {
      batch: { prompts: [job.prompt], responses: [own.map(({ tokens }) => tokens)] },
      oldLogProbs,
      advantages: overTokens(
        advantages.subarray(startOf(shard), startOf(shard + 1)),
        own.map(({ tokens }) => tokens.length)
      )
    }
  })
}

/** Log-probs of the frozen base for every shard. */
export const referencePhase = Effect.fn("peers.reference")(function* (
  job: Job,
  { micro, workers }: Cut,
  reference: Sha256,
  shards: ReadonlyArray<Shard>
) {
  const engine = yield* PolicyEngine
  const parts = ({ batch: { prompts, responses } }: Shard): ReadonlyArray<SequenceBatch> =>
    Array.from({ length: Math.ceil(responses[0].length / micro) }, (_, part) => ({
      prompts,
      responses: [responses[0].slice(part * micro, (part + 1) * micro)]
    }))
  return yield* Effect.forEach(
    shards,
    (shard) =>
      Effect.forEach(parts(shard), (batch) => engine.score(reference, batch, job.temperature)).pipe(
        Effect.map((scores) => Float32Array.from(scores.flatMap(({ logProbs }) => [...logProbs])))
      ),
    { concurrency: workers }
  )
})

export interface Trained {
  readonly weights: Sha256
  readonly state: FoldState
}

/**
 * Loss, gradient, clip and AdamW over all shards; the new weights are given to the engine.
 */
export const trainPhase = Effect.fn("peers.train")(function* (
  job: Job,
  { micro, workers }: Cut,
  layout: ParameterLayout,
  before: Trained,
  shards: ReadonlyArray<Shard>,
  referenceLogProbs: ReadonlyArray<Float32Array>,
  optimizer: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
) {
  const engine = yield* PolicyEngine
  const artifacts = yield* Artifacts
  const batchTokens = shards.reduce((sum, { oldLogProbs }) => sum + oldLogProbs.length, 0)
  const objective = { ...paperObjective, klCoefficient: job.klCoefficient, entropyCoefficient: 0 }
  const gradients = yield* Effect.forEach(
    shards,
    (shard, i) =>
      Effect.map(
        engine.gradient({
          ...{
            ...shard,
            referenceLogProbs: referenceLogProbs[i],
            microBatch: micro,
            weights: before.weights,
            reference: null,
            temperature: job.temperature,
            objective,
            batchTokens
          }
        }),
        ({ gradient }) => gradient
      ),
    { concurrency: workers }
  )
  return yield* optimizer(
    Effect.gen(function* () {
      const { state } = foldInto(before.state, gradients, {
        ...{
          learningRate: job.learningRate,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-8,
          weightDecay: 0,
          maxGradientNorm: 1
        }
      })
      const after: Trained = {
        state,
        weights: yield* artifacts.store(encodeParameters(layout, state.weights, sharedMemory))
      }
      return after
    })
  )
})

/**
 * The training loop of the base: batches in, gradients of two fixed shards, one fold on the host.
 */
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import {
  FoldFailed,
  type FoldSettings,
  type FoldState,
  foldInto,
  initialFold
} from "../../../learning/objective/fold.ts"
import { encodeParameters } from "../../../learning/policy/checkpoint/checkpoint.ts"
import type { PolicyConfig } from "../../../learning/policy/config.ts"
import { type GradientTask, PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { initialWeights } from "../../../learning/policy/init.ts"
import { layoutOf } from "../../../learning/policy/parameters.ts"
import type { Tokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import { batchPools, type TokenDocument } from "./batches.ts"
import { adamW, documentsPerStep, learningRateAt, type Phase, shardsPerStep } from "./schedule.ts"

/** One step of pretraining, done. */
export interface PretrainStep {
  readonly phase: string
  /** From 1, over all phases. */
  readonly step: number
  readonly steps: number
  /** Negative log-likelihood of a response token, in nats, under the weights before this step. */
  readonly loss: number
  /** L2 norm before clipping. */
  readonly gradientNorm: number
  /** Tokens seen so far, prompts included. */
  readonly tokens: number
}

export interface Training {
  readonly config: PolicyConfig
  readonly seed: number
  readonly phases: ReadonlyArray<Phase>
  readonly tokenizer: Tokenizer
  readonly onStep: (step: PretrainStep) => Effect.Effect<void>
}

const responseTokens = (documents: ReadonlyArray<TokenDocument>): number =>
  documents.reduce((sum, { response }) => sum + response.length, 0)

/** The shards of a batch: always the same number, neighbours in length together. */
const shardTasks = (weights: string, batch: ReadonlyArray<TokenDocument>): ReadonlyArray<GradientTask> => {
  const batchTokens = responseTokens(batch)
  const size = batch.length / shardsPerStep
  return Array.from({ length: shardsPerStep }, (_, shard) => {
    const documents = batch.slice(shard * size, (shard + 1) * size)
    return {
      weights,
      reference: null,
      batch: {
        prompts: documents.map(({ prompt }) => prompt),
        responses: documents.map(({ response }) => [response])
      },
      temperature: 1,
      objective: { kind: "supervised" },
      oldLogProbs: new Float32Array(responseTokens(documents)),
      advantages: new Float32Array(responseTokens(documents)),
      batchTokens
    }
  })
}

const fold = (state: FoldState, shards: ReadonlyArray<Float32Array>, settings: FoldSettings) =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(foldInto(state, shards, settings))
    } catch (error) {
      return error instanceof FoldFailed ? Effect.fail(error) : Effect.die(error)
    }
  })

/**
 * Trains from nothing and returns the weights, [P] float32 in checkpoint order: a function of configuration, seed and
 * phases on one kind of machine, however many workers the engine has.
 */
export const train = Effect.fn("pretrain.train")(function* (training: Training) {
  const { config, onStep, phases, seed, tokenizer } = training
  const engine = yield* PolicyEngine
  const artifacts = yield* Artifacts
  const layout = layoutOf(config)
  const steps = phases.reduce((sum, phase) => sum + phase.steps, 0)
  let weights = initialWeights(config, seed)
  let done = 0
  let tokens = 0
  for (const [index, phase] of phases.entries()) {
    const nextPool = batchPools({ seed: seed + index, openers: phase.openers, size: documentsPerStep }, tokenizer)
    let pool: ReadonlyArray<ReadonlyArray<TokenDocument>> = []
    let state = initialFold(weights)
    for (let step = 0; step < phase.steps; step++) {
      const inPool = step % (pool.length || 1)
      if (inPool === 0) pool = yield* nextPool
      const batch = pool[inPool]
      const hash = yield* artifacts.store(encodeParameters(layout, state.weights))
      const results = yield* Effect.forEach(shardTasks(hash, batch), engine.gradient, { concurrency: "unbounded" })
      const gradients = results.map(({ gradient }) => gradient)
      const folded = yield* fold(state, gradients, adamW(learningRateAt(phase, step)))
      state = folded.state
      done += 1
      tokens += batch.reduce((sum, { prompt, response }) => sum + prompt.length + response.length, 0)
      const loss = results.reduce((sum, result) => sum + result.loss, 0)
      yield* onStep({ phase: phase.name, step: done, steps, loss, gradientNorm: folded.gradientNorm, tokens })
    }
    weights = state.weights
  }
  return weights
})

/**
 * What the engine alone costs: one GRPO step's generation and gradients at the miniature's shapes.
 *
 *   node apps/bench/engine.ts [--workers 2] [--steps 20] [--samples 128] [--random]
 *
 * One cohort and one shard for each worker. With --random the weights are a fresh initialisation, whose answers run to
 * the limit of tokens; otherwise they are the miniature's base. Wall times are medians over steps; processor time counts
 * all threads.
 */

import { parseArgs } from "node:util"
import { Console, Effect, Layer } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { overTokens } from "../../learning/objective/advantages.ts"
import { paperObjective } from "../../learning/objective/objective.ts"
import { encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { type Generated, PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { initialWeights } from "../../learning/policy/init.ts"
import { loadBase, miniatureBase } from "../cli/base.ts"

const { values } = parseArgs({
  options: {
    workers: { type: "string", default: "2" },
    steps: { type: "string", default: "20" },
    samples: { type: "string", default: "128" },
    random: { type: "boolean", default: false }
  }
})
const workers = Number(values.workers)
const samples = Number(values.samples)
const steps = Number(values.steps)
const warmUp = 2
const objective = paperObjective

interface Cost {
  readonly wall: number
  readonly processor: number
}

/** Milliseconds that an effect takes. */
const measured = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const started = performance.now()
    const before = process.cpuUsage()
    const value = yield* effect
    const { system, user } = process.cpuUsage(before)
    const cost: Cost = { wall: performance.now() - started, processor: (system + user) / 1000 }
    return { value, cost }
  })

const median = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

const line = (name: string, costs: ReadonlyArray<Cost>): string =>
  [
    name.padEnd(10),
    `${median(costs.map(({ wall }) => wall))
      .toFixed(0)
      .padStart(6)} ms`,
    `(${Math.min(...costs.map(({ wall }) => wall)).toFixed(0)} at best)`,
    `${median(costs.map(({ processor }) => processor))
      .toFixed(0)
      .padStart(6)} ms of processor time`
  ].join("  ")

/** Deals rollouts by length, so that every shard has long and short ones. */
const deal = (generated: ReadonlyArray<Generated>): ReadonlyArray<ReadonlyArray<Generated>> => {
  const ranked = [...generated].sort((a, b) => b.tokens.length - a.tokens.length)
  return Array.from({ length: workers }, (_, shard) => ranked.filter((_, rank) => rank % workers === shard))
}

const bench = Effect.gen(function* () {
  const base = yield* loadBase(miniatureBase)
  const prompt = yield* base.tokenizer.encode("sum of 13-10 and 34+2?\n")
  const weights = values.random ? encodeParameters(base.layout, initialWeights(base.config, 1)) : base.weights

  const run = Effect.gen(function* () {
    const engine = yield* PolicyEngine
    const { store } = yield* Artifacts
    const hash = yield* store(weights)
    const { backend, instructionSet, version } = engine.facts
    yield* Console.log(`${workers} workers, ${backend} ${version}, ${instructionSet}`)
    const generations: Array<Cost> = []
    const gradients: Array<Cost> = []
    let tokens = 0
    for (let step = -warmUp; step < steps; step++) {
      const each = samples / workers
      const cohorts = Array.from({ length: workers }, (_, cohort) =>
        engine.generate({
          weights: hash,
          prompts: [{ promptId: "bench", tokens: prompt, firstSample: cohort * each, samples: each }],
          ...{ temperature: 1, maxTokens: 56, seed: 1, stream: 1, step: step + warmUp }
        })
      )
      const generated = yield* measured(Effect.all(cohorts, { concurrency: "unbounded" }))
      const rollouts = generated.value.flat()
      const batchTokens = rollouts.reduce((sum, each) => sum + each.tokens.length, 0)
      const tasks = deal(rollouts).map((shard) =>
        engine.gradient({
          ...{ weights: hash, reference: hash, temperature: 1, objective, batchTokens },
          batch: { prompts: [prompt], responses: [shard.map((each) => each.tokens)] },
          oldLogProbs: Float32Array.from(shard.flatMap((each) => [...each.logProbs])),
          advantages: overTokens(
            shard.map((_, i) => (i % 3) - 1),
            shard.map(({ tokens }) => tokens.length)
          )
        })
      )
      const { cost } = yield* measured(Effect.all(tasks, { concurrency: "unbounded" }))
      if (step < 0) continue
      generations.push(generated.cost)
      gradients.push(cost)
      tokens += batchTokens
    }
    yield* Console.log(
      `${(tokens / steps).toFixed(0)} tokens a step, ${(tokens / steps / samples).toFixed(1)} a rollout`
    )
    yield* Console.log(line("generate", generations))
    yield* Console.log(line("gradient", gradients))
    const both = generations.map(({ processor, wall }, i) => ({
      wall: wall + gradients[i].wall,
      processor: processor + gradients[i].processor
    }))
    yield* Console.log(line("step", both))
    const seconds = generations.reduce((sum, { wall }) => sum + wall, 0) / 1000
    yield* Console.log(`generation: ${(tokens / seconds).toFixed(0)} tokens/s`)
  })
  yield* run.pipe(
    Effect.provide(PolicyEngine.layer({ config: base.config, workers }).pipe(Layer.provideMerge(memoryArtifacts(4)))),
    Effect.scoped
  )
})

await Effect.runPromise(bench)

/**
 * Whether anything grows: GRPO-like steps on the miniature, each of other lengths, while live tensors and memory are told.
 *
 *   node apps/bench/leaks.ts [--steps 200] [--eager]
 *
 * Every step samples a cohort for two prompts of other lengths, with another limit of tokens and other numbers of samples
 * and slots, and takes its gradient in parts. Ends with code 1 where tensors stayed behind. Resident memory rises by less
 * and less, as what is kept for each shape reaches its limits: with --steps 1600 by some 10 KB a step from 1100 on.
 */

import { parseArgs } from "node:util"
import { Effect } from "effect"
import { overTokens } from "../../learning/objective/advantages.ts"
import { paperObjective } from "../../learning/objective/objective.ts"
import { readCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { deviceOn } from "../../learning/policy/device.ts"
import { generateCohort } from "../../learning/policy/generation/generate.ts"
import { uploadWeights } from "../../learning/policy/model/weights.ts"
import { tensorflowOps } from "../../learning/policy/tensors/backend-tensorflow.ts"
import { pinEnvironment } from "../../learning/policy/tensors/environment.ts"
import { gradientOf } from "../../learning/policy/training/gradient.ts"
import { sequence } from "../../learning/random/sequence.ts"
import { miniatureBase } from "../cli/base.ts"

const { values } = parseArgs({
  options: { steps: { type: "string", default: "200" }, eager: { type: "boolean", default: false } }
})
const steps = Number(values.steps)
const tellEvery = Math.max(1, Math.floor(steps / 20))

const objective = paperObjective

const { config, layout, weights } = await Effect.runPromise(readCheckpoint(miniatureBase))
pinEnvironment(1)
const { ops } = tensorflowOps(values.eager ? "eager" : "graph")
const device = deviceOn(ops, config, "float32")
const policy = { layout, adapter: null, weights: uploadWeights(ops, config, layout, weights, "float32") }
const { between } = sequence(1, 0)

const step = (index: number): number => {
  const samples = between(2, 12)
  const prompts = [0, 1].map((p) => ({
    promptId: `p${p}`,
    tokens: Int32Array.from({ length: between(1, 60) }, () => between(2, config.vocabularySize - 1)),
    ...{ firstSample: 0, samples }
  }))
  const temperature = 1
  const cohort = { prompts, temperature, maxTokens: between(1, 60), slots: between(1, 2 * samples) }
  const generated = generateCohort(device, policy.weights, { weights: "", ...cohort, seed: 1, stream: 1, step: index })
  const tokens = generated.reduce((sum, each) => sum + each.tokens.length, 0)
  gradientOf(device, policy, policy.weights, {
    batch: {
      prompts: prompts.map((prompt) => prompt.tokens),
      responses: prompts.map((_, p) => generated.slice(p * samples, (p + 1) * samples).map((each) => each.tokens))
    },
    ...{ temperature, objective, batchTokens: tokens, microBatch: between(2, 24), recompute: index % 2 === 0 },
    oldLogProbs: Float32Array.from(generated.flatMap((each) => [...each.logProbs])),
    advantages: overTokens(
      generated.map((_, i) => (i % 3) - 1),
      generated.map((each) => each.tokens.length)
    )
  })
  return tokens
}

/** Least squares: how much `ys` rise from one to the next. */
const slope = (ys: ReadonlyArray<number>): number => {
  const middle = (ys.length - 1) / 2
  const mean = ys.reduce((sum, y) => sum + y, 0) / ys.length
  const [over, under] = ys.reduce(
    ([over, under], y, x) => [over + (x - middle) * (y - mean), under + (x - middle) ** 2],
    [0, 0]
  )
  return over / under
}

const resident: Array<number> = []
const live: Array<number> = []
for (let index = 0; index < steps; index++) {
  const tokens = ops.scope(() => step(index))
  resident.push(process.memoryUsage.rss() / 1024)
  live.push(ops.live())
  if (index % tellEvery === 0 || index === steps - 1) {
    const megabytes = (resident[index] / 1024).toFixed(1).padStart(7)
    console.log(
      `step ${String(index).padStart(4)}  ${tokens} tokens`.padEnd(26),
      `${megabytes} MB  ${ops.live()} live tensors`
    )
  }
}
const rise = slope(resident.slice(Math.floor(steps / 2)))
const stayed = live[live.length - 1] - live[Math.min(10, live.length - 1)]
console.log(`${stayed} tensors stayed behind; memory rose by ${rise.toFixed(1)} KB a step over the second half`)
process.exitCode = stayed > 0 ? 1 : 0

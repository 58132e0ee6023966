/**
 * Scores and gradients of a batch under given weights: packing, forward, objective, backward, in one thread.
 */
import { evaluateObjective } from "../objective/evaluate.ts"
import { type PackedBatch, packBatch } from "./batch.ts"
import { layersBackward, layersForward, passOver, spreadIndices } from "./decoder.ts"
import type { Device } from "./device.ts"
import type { GradientResult, GradientTask, SequenceBatch } from "./engine.ts"
import { EngineError } from "./engine-error.ts"
import { gradientSum } from "./gradient-sum.ts"
import { scoreTokens, scoreTokensBackward, type TokenGradients, type TokenScores } from "./head.ts"
import type { LayerSaved, Pass } from "./layer.ts"
import type { Tensor } from "./ops.ts"
import type { ParameterLayout } from "./parameters.ts"
import type { PolicyWeights } from "./weights.ts"

/** One policy's weights on the device, and where they lie in a flat array. */
export interface Policy {
  readonly layout: ParameterLayout
  readonly weights: PolicyWeights
}

/** A batch laid out, and what its layers share. */
interface Laid {
  readonly device: Device
  readonly batch: PackedBatch
  readonly pass: Pass
  readonly temperature: number
}

/** values[n] belongs at places[n]. */
const placed = (values: Float32Array, { places }: PackedBatch): Float32Array => {
  const target = new Float32Array(values.length)
  for (let n = 0; n < values.length; n++) target[places[n]] = values[n]
  return target
}

const taken = (values: Float32Array, { places }: PackedBatch): Float32Array => {
  const target = new Float32Array(values.length)
  for (let n = 0; n < values.length; n++) target[n] = values[places[n]]
  return target
}

const promptMajor = (scores: TokenScores, batch: PackedBatch): TokenScores => ({
  logProbs: placed(scores.logProbs, batch),
  entropies: placed(scores.entropies, batch)
})

/** The rows that predict response tokens, from the hidden states after the last layer. */
const predicting = ({ batch, device }: Laid, { norm }: PolicyWeights, x: Tensor) => {
  const { config, ops, programs } = device
  return programs.predict({ epsilon: config.normEpsilon, x, norm, sources: ops.indices(batch.sources) })
}

const scorePass = (laid: Laid, weights: PolicyWeights): TokenScores => {
  const { batch, device, pass, temperature } = laid
  return device.ops.scope(() => {
    const { x } = layersForward(device, batch, weights, (layer, before) => ({
      x: device.programs.layerOutput({ pass, weights: weights.layers[layer], x: before }),
      kept: null
    }))
    const { rows } = predicting(laid, weights, x)
    const { targets } = batch
    return promptMajor(scoreTokens(device, { temperature, rows, head: weights.head, targets }, false), batch)
  })
}

const lay = (device: Device, sequences: SequenceBatch, temperature: number): Laid => {
  const batch = packBatch(sequences)
  return { device, batch, temperature, pass: passOver(device, batch) }
}

/** Log-probs and entropies of given responses, [N] each, prompt-major. */
export const score = (device: Device, weights: PolicyWeights, batch: SequenceBatch, temperature: number): TokenScores =>
  device.ops.scope(() => scorePass(lay(device, batch, temperature), weights))

/** Runs the layers and keeps what the way back needs, or only what goes into each where that is computed again. */
const forward = ({ batch, device, pass }: Laid, weights: PolicyWeights, isRecomputed: boolean) => {
  const { ops, programs } = device
  const inputOf = (layer: number, x: Tensor) => ({ pass, weights: weights.layers[layer], x })
  if (isRecomputed) {
    const { kept, x } = layersForward(device, batch, weights, (layer, before) => ({
      x: programs.layerOutput(inputOf(layer, before)),
      kept: before
    }))
    const savedOf = (layer: number): LayerSaved => {
      const { saved } = programs.layerForward(inputOf(layer, kept[layer]))
      ops.free(kept[layer])
      return saved
    }
    return { x, savedOf }
  }
  const { kept, x } = layersForward(device, batch, weights, (layer, before) => {
    const { saved, x } = programs.layerForward(inputOf(layer, before))
    return { x, kept: saved }
  })
  return { x, savedOf: (layer: number) => kept[layer] }
}

/** Adds the gradient of what `derive` makes of the scores, both prompt-major. */
const differentiate = (
  laid: Laid,
  weights: PolicyWeights,
  isRecomputed: boolean,
  sum: ReturnType<typeof gradientSum>,
  derive: (scores: TokenScores) => TokenGradients
): void => {
  const { batch, device, pass, temperature } = laid
  const { ops, programs } = device
  ops.scope(() => {
    const { savedOf, x } = forward(laid, weights, isRecomputed)
    const { normal, rows } = predicting(laid, weights, x)
    ops.free(x)
    const { head, norm } = weights
    const input = { temperature, rows, head, targets: batch.targets }
    const scores = scoreTokens(device, input, true)
    const derived = derive(promptMajor(scores, batch))
    const gradients = { dLogProbs: taken(derived.dLogProbs, batch), dEntropies: taken(derived.dEntropies, batch) }
    const back = scoreTokensBackward(device, input, scores, gradients)
    sum.head(back.head)
    const { prompts } = batch.promptBlock
    const last = programs.predictBackward({
      ...{ dRows: back.dRows, norm, normal, prompts, samples: batch.samples },
      zero: ops.zeros([1, device.config.hiddenSize]),
      from: ops.indices(spreadIndices(batch))
    })
    sum.norm(last.gain)
    ops.free([back, normal, rows])
    sum.embedding(batch.tokens, layersBackward(device, pass, weights, savedOf, last.dx, sum.layer))
    return null
  })
}

const firstNotFinite = (values: Float32Array): number => values.findIndex((value) => !Number.isFinite(value))

/** Names the first parameter whose gradient is not finite. */
const checkFinite = (loss: number, gradient: Float32Array, layout: ParameterLayout): void => {
  const refuse = (detail: string) => new EngineError({ operation: "gradient", reason: "not-finite", detail })
  if (!Number.isFinite(loss)) throw refuse(`the loss is ${loss}`)
  let trace = 0
  for (let i = 0; i < gradient.length; i++) trace += gradient[i] * 0 // NaN from the first NaN or Infinity on
  if (trace === 0) return
  const at = firstNotFinite(gradient)
  const parameter = layout.parameters.find(({ offset, size }) => at < offset + size)
  throw refuse(`the gradient of ${parameter?.name ?? "?"} holds ${gradient[at]}`)
}

/** Throws EngineError (not-finite), and RangeError where the task's arrays do not fit its batch. */
export const gradientOf = (
  device: Device,
  policy: Policy,
  reference: PolicyWeights | null,
  task: Omit<GradientTask, "weights" | "reference">
): GradientResult =>
  device.ops.scope(() => {
    const laid = lay(device, task.batch, task.temperature)
    const noScores = { logProbs: new Float32Array(0), entropies: new Float32Array(0) }
    const referenceLogProbs = (reference === null ? noScores : scorePass(laid, reference)).logProbs
    let found: Omit<GradientResult, "gradient"> = { loss: 0, terms: {}, ...noScores, referenceLogProbs }
    const sum = gradientSum(device, policy.layout)
    differentiate(laid, policy.weights, task.recompute ?? false, sum, (scores) => {
      const { dEntropies, dLogProbs, loss, terms } = evaluateObjective(task.objective, {
        lengths: Int32Array.from(task.batch.responses.flat(), ({ length }) => length),
        ...scores,
        oldLogProbs: task.oldLogProbs,
        referenceLogProbs,
        advantages: task.advantages,
        batchTokens: task.batchTokens
      })
      found = { loss, terms, ...scores, referenceLogProbs }
      return { dLogProbs, dEntropies }
    })
    checkFinite(found.loss, sum.flat, policy.layout)
    return { gradient: sum.flat, ...found }
  })

/**
 * Scores and gradients of a batch under given weights: packing, forward, objective, backward, in one thread.
 */
import { evaluateObjective } from "../../objective/evaluate.ts"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { type PackedBatch, packBatch } from "../model/batch.ts"
import { layersBackward, layersForward, passOver, spreadIndices } from "../model/decoder.ts"
import { scoreTokens, scoreTokensBackward, type TokenGradients, type TokenScores } from "../model/head.ts"
import type { LayerSaved, Pass } from "../model/layer.ts"
import type { PolicyWeights } from "../model/weights.ts"
import type { ParameterLayout } from "../parameters.ts"
import type { GradientResult, GradientTask, SequenceBatch } from "../requests.ts"
import type { Tensor } from "../tensors/ops.ts"
import { type GradientPart, gradientParts } from "./gradient-parts.ts"
import { gradientSum } from "./gradient-sum.ts"
import type { LoraConfig } from "./lora.ts"
import { adapterGradients } from "./lora-products.ts"

/** One policy's weights on the device, and where they lie in a flat array. */
export interface Policy {
  /** Of the weights that the device computes with. */
  readonly layout: ParameterLayout
  readonly weights: PolicyWeights
  /** Where an adapter is trained and not the weights themselves; null else. */
  readonly adapter: { readonly lora: LoraConfig; readonly flat: Float32Array } | null
}

/** A batch laid out, and what its layers share. */
interface Laid {
  readonly device: Device
  readonly batch: PackedBatch
  readonly pass: Pass
  readonly temperature: number
}

/** values[n] belongs at places[n]. */
const putAt = (target: Float32Array, values: Float32Array, places: Int32Array): Float32Array => {
  for (let n = 0; n < values.length; n++) target[places[n]] = values[n]
  return target
}

const taken = (values: Float32Array, { places }: PackedBatch): Float32Array => {
  const target = new Float32Array(values.length)
  for (let n = 0; n < values.length; n++) target[n] = values[places[n]]
  return target
}

const promptMajor = (scores: TokenScores, batch: PackedBatch): TokenScores => ({
  logProbs: putAt(new Float32Array(scores.logProbs.length), scores.logProbs, batch.places),
  entropies: putAt(new Float32Array(scores.entropies.length), scores.entropies, batch.places)
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

/** What a task's parts came to, added up. */
interface Found {
  loss: number
  readonly terms: Record<string, number>
  readonly logProbs: Float32Array
  readonly entropies: Float32Array
  readonly referenceLogProbs: Float32Array
}

/** Loss and gradient of one part of a task, added to what was found before. */
const addPart = (
  device: Device,
  policy: Policy,
  reference: PolicyWeights | null,
  task: GradientPart,
  sum: ReturnType<typeof gradientSum>,
  found: Found
): void => {
  device.ops.scope(() => {
    const laid = lay(device, task.batch, task.temperature)
    const referenceLogProbs = reference === null ? task.referenceLogProbs : scorePass(laid, reference).logProbs
    putAt(found.referenceLogProbs, referenceLogProbs, task.tokens)
    differentiate(laid, policy.weights, task.recompute, sum, (scores) => {
      const { dEntropies, dLogProbs, loss, terms } = evaluateObjective(task.objective, {
        lengths: Int32Array.from(task.batch.responses.flat(), ({ length }) => length),
        ...scores,
        oldLogProbs: task.oldLogProbs,
        referenceLogProbs,
        behaviourLogProbs: task.behaviourLogProbs,
        advantages: task.advantages,
        batchTokens: task.batchTokens,
        divisors: task.divisors
      })
      found.loss += loss
      for (const [name, value] of Object.entries(terms)) found.terms[name] = (found.terms[name] ?? 0) + value
      putAt(found.logProbs, scores.logProbs, task.tokens)
      putAt(found.entropies, scores.entropies, task.tokens)
      return { dLogProbs, dEntropies }
    })
    return null
  })
}

/** Throws EngineError (not-finite), and RangeError where the task's arrays do not fit its batch. */
export const gradientOf = (
  device: Device,
  policy: Policy,
  reference: PolicyWeights | null,
  task: Omit<GradientTask, "weights" | "reference">
): GradientResult => {
  const tokens = task.batch.responses.flat().reduce((sum, { length }) => sum + length, 0)
  const known = task.referenceLogProbs ?? new Float32Array(0)
  const found: Found = {
    ...{ loss: 0, terms: {}, logProbs: new Float32Array(tokens), entropies: new Float32Array(tokens) },
    referenceLogProbs: new Float32Array(reference === null ? known.length : tokens)
  }
  const sum = gradientSum(device, policy.layout)
  for (const part of gradientParts(task)) addPart(device, policy, reference, part, sum, found)
  if (!Number.isFinite(found.loss)) {
    const detail = `the loss is ${found.loss}`
    throw new EngineError({ operation: "gradient", reason: "not-finite", detail })
  }
  const flat = sum.finite()
  const { adapter } = policy
  const gradient =
    adapter === null ? flat : adapterGradients(device.ops, device.config, adapter.lora, flat, adapter.flat)
  return { gradient, ...found }
}

/**
 * Scores and gradients of a batch under given weights: packing, forward, objective, backward, in one thread.
 */
import { evaluateObjective } from "../objective/evaluate.ts"
import { type PackedBatch, packBatch } from "./batch.ts"
import { type Device, layersBackward, layersForward, passOver, predictingRows } from "./decoder.ts"
import type { GradientResult, GradientTask, SequenceBatch } from "./engine.ts"
import { EngineError } from "./engine-error.ts"
import { gradientSink } from "./gradient-unfolding.ts"
import { type Head, scoreTokens, scoreTokensBackward, type TokenGradients, type TokenScores } from "./head.ts"
import type { LayerGradient, Pass } from "./layer.ts"
import type { Ops } from "./ops.ts"
import type { ParameterLayout } from "./parameters.ts"
import type { PolicyWeights } from "./weights.ts"

/** One policy's weights, on the device and, as the checkpoint has them, on the host. */
export interface Policy {
  readonly layout: ParameterLayout
  readonly flat: Float32Array
  readonly weights: PolicyWeights
}

const headOf = (ops: Ops, { head }: PolicyWeights, temperature: number): Head => ({ ops, matrix: head, temperature })

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

const scorePass = (pass: Pass, weights: PolicyWeights, temperature: number): TokenScores => {
  const { batch, ops } = pass
  const { x } = layersForward(pass, weights, () => null)
  const { y } = predictingRows(pass, x)
  return promptMajor(scoreTokens(headOf(ops, weights, temperature), y, batch.targets), batch)
}

/** Log-probs and entropies of given responses, [N] each, prompt-major. */
export const score = (device: Device, weights: PolicyWeights, batch: SequenceBatch, temperature: number): TokenScores =>
  device.ops.scope(() => scorePass(passOver(device, packBatch(batch)), weights, temperature))

const arraysOf = (ops: Ops, { biases, ...matrices }: LayerGradient) => ({
  query: ops.read(matrices.query),
  key: ops.read(matrices.key),
  value: ops.read(matrices.value),
  output: ops.read(matrices.output),
  gate: ops.read(matrices.gate),
  up: ops.read(matrices.up),
  down: ops.read(matrices.down),
  biases:
    biases === null ? null : { query: ops.read(biases.query), key: ops.read(biases.key), value: ops.read(biases.value) }
})

/** The gradient in the order of the layout, from what `derive` makes of the scores, both prompt-major. */
const differentiate = (
  device: Device,
  pass: Pass,
  policy: Policy,
  temperature: number,
  derive: (scores: TokenScores) => TokenGradients
): Float32Array =>
  pass.ops.scope(() => {
    const { batch, ops } = pass
    const { weights } = policy
    const sink = gradientSink(device.config, policy.layout, policy.flat)
    const { kept, x } = layersForward(pass, weights, (saved) => saved)
    const predicting = predictingRows(pass, x)
    ops.free(x)
    const head = headOf(ops, weights, temperature)
    const scores = scoreTokens(head, predicting.y, batch.targets)
    const derived = derive(promptMajor(scores, batch))
    const gradients = { dLogProbs: taken(derived.dLogProbs, batch), dEntropies: taken(derived.dEntropies, batch) }
    const back = scoreTokensBackward(head, predicting.y, batch.targets, scores.entropies, gradients)
    sink.head(ops.read(back.matrix))
    const dRows = layersBackward(pass, weights, kept, predicting, back.dy, (layer, gradient) =>
      sink.layer(layer, arraysOf(ops, gradient))
    )
    sink.embedding(batch.tokens, ops.read(dRows))
    return sink.gradient
  })

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
    const pass = passOver(device, packBatch(task.batch))
    const { temperature } = task
    const noScores = { logProbs: new Float32Array(0), entropies: new Float32Array(0) }
    const referenceLogProbs = (
      reference === null ? noScores : device.ops.scope(() => scorePass(pass, reference, temperature))
    ).logProbs
    let found: Omit<GradientResult, "gradient"> = { loss: 0, terms: {}, ...noScores, referenceLogProbs }
    const gradient = differentiate(device, pass, policy, temperature, (scores) => {
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
    checkFinite(found.loss, gradient, policy.layout)
    return { gradient, ...found }
  })

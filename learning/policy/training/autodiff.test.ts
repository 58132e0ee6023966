/**
 * The hand-written backward passes against TensorFlow.js's own automatic differentiation of the forward passes.
 */

import { assert, describe, it } from "@effect/vitest"
import * as tf from "@tensorflow/tfjs-core"
import { paperObjective } from "../../objective/objective.ts"
import "@tensorflow/tfjs-core/dist/register_all_gradients.js"
import type { PolicyConfig } from "../config.ts"
import { packBatch } from "../model/batch.ts"
import { layersForward, passOver } from "../model/decoder.ts"
import { uploadWeights } from "../model/weights.ts"
import { layoutOf } from "../parameters.ts"
import { deviceFor, forms, policyOf, randomBatch, randomWeights } from "../policies-for-tests.ts"
import { wasmOps } from "../tensors/backend-wasm.ts"
import type { CoreOps } from "../tensors/core-ops.ts"
import type { Ops } from "../tensors/ops.ts"
import { gradientOf, score } from "./gradient.ts"

/** Operations that the tape can follow: weights are cut out of one variable, and nothing is freed. */
const taped = ({ adopt, ops, tensorOf }: CoreOps, flat: Float32Array, variable: tf.Tensor): Ops => ({
  ...ops,
  floats: (values, shape) =>
    values.buffer === flat.buffer
      ? adopt(tf.reshape(tf.slice(variable, values.byteOffset / 4, values.length), [...shape]))
      : ops.floats(values, shape),
  // A product, whose gradient needs no scatter.
  gather: (x, indices) => {
    const [count, ...rest] = x.shape
    const chosen = tf.cast(tf.oneHot(tf.cast(tensorOf(indices), "int32"), count), "float32")
    const rows = tf.reshape(tensorOf(x), [count, rest.reduce((product, length) => product * length, 1)])
    return adopt(tf.reshape(tf.matMul(chosen, rows), [indices.shape[0], ...rest]))
  },
  compile: (body) => body,
  scope: (body) => body(),
  keep: (body) => body(),
  free: () => {}
})

/** dLoss/dweights of sum(c logProb + e entropy) over tokens, by the tape. */
const byTape = (
  core: CoreOps,
  config: PolicyConfig,
  flat: Float32Array,
  batch: ReturnType<typeof packBatch>,
  temperature: number
) => {
  const { targets } = batch
  const loss = (variable: tf.Tensor): tf.Tensor => {
    const ops = taped(core, flat, variable)
    const weights = uploadWeights(ops, config, layoutOf(config), flat, "float32")
    const device = deviceFor(ops, config)
    const pass = passOver(device, batch)
    const { x } = layersForward(device, batch, weights, (layer, x) => ({
      x: device.programs.layerOutput({ pass, weights: weights.layers[layer], x }),
      kept: null
    }))
    const sources = ops.indices(batch.sources)
    const { rows } = device.programs.predict({ epsilon: config.normEpsilon, x, norm: weights.norm, sources })
    const logits = ops.scale(ops.matMul(rows, weights.head, "nt"), 1 / temperature)
    const all = tf.logSoftmax(core.tensorOf(logits))
    const taken = tf.sum(tf.mul(all, tf.oneHot([...targets], config.vocabularySize)), -1)
    const entropies = tf.neg(tf.sum(tf.mul(tf.exp(all), all), -1))
    return tf.div(tf.sum(tf.add(tf.mul(taken, -1), tf.mul(entropies, -entropyCoefficient))), targets.length)
  }
  return tf.grad(loss)(tf.tensor1d(flat)).dataSync<"float32">()
}

const entropyCoefficient = 0.4

describe.each(forms)("the backward passes with %s", (_, config) => {
  it("given log-probs and entropies in the loss, then the gradient is the tape's", async () => {
    const core = await wasmOps()
    const flat = randomWeights(config, 6)
    const sequences = randomBatch(config, 7, [
      [3, 5, 1, 8],
      [6, 2, 4, 4]
    ])
    const tokens = sequences.responses.flat().reduce((sum, { length }) => sum + length, 0)
    const device = deviceFor(core.ops, config)
    const policy = policyOf(device, flat)
    const { gradient } = gradientOf(device, policy, null, {
      batch: sequences,
      temperature: 0.8,
      // ratio 1 and advantage 1 make the policy term -logProb's derivative
      objective: { ...paperObjective, klCoefficient: 0, entropyCoefficient },
      oldLogProbs: score(device, policy.weights, sequences, 0.8).logProbs,
      advantages: new Float32Array(tokens).fill(1),
      batchTokens: tokens
    })
    const expected = byTape(core, config, flat, packBatch(sequences), 0.8)
    const most = expected.reduce((highest, g) => Math.max(highest, Math.abs(g)), 0)
    gradient.forEach((g, i) => {
      assert.approximately(g, expected[i], 1e-5 * most, `element ${i}`)
    })
  })
})

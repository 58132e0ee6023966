/**
 * The gated feed-forward layer: down(silu(gate(h)) * up(h)), silu(g) = g sigmoid(g).
 *
 * Source: Shazeer 2020 (arXiv 2002.05202), SwiGLU.
 */
import type { Ops, Tensor } from "../tensors/ops.ts"

/** Matrices are [out, in]; those of gate and up follow one another. */
export type MlpWeights = {
  readonly gateUp: Tensor
  readonly down: Tensor
}

/** What the backward pass needs, each [feed-forward size, columns]. */
export type MlpSaved = {
  readonly gate: Tensor
  readonly up: Tensor
  readonly product: Tensor
}

/** @param h [d, columns] normalised */
export const mlp = (ops: Ops, weights: MlpWeights, h: Tensor): { readonly out: Tensor; readonly saved: MlpSaved } =>
  ops.scope(() => {
    const width = weights.down.shape[1]
    const gateUp = ops.matMul(weights.gateUp, h, "nn")
    const gate = ops.slice(gateUp, 0, width)
    const up = ops.slice(gateUp, width, width)
    const product = ops.mul(ops.mul(gate, ops.sigmoid(gate)), up)
    return { out: ops.matMul(weights.down, product, "nn"), saved: { gate, up, product } }
  })

export type MlpGradient = {
  /** [d, columns] */
  readonly dh: Tensor
  readonly gateUp: Tensor
  readonly down: Tensor
}

/** silu'(g) = s + silu (1 - s), with s = sigmoid(g). */
export const mlpBackward = (ops: Ops, weights: MlpWeights, saved: MlpSaved, h: Tensor, dOut: Tensor): MlpGradient =>
  ops.scope(() => {
    const { gate, product, up } = saved
    // Computed again: TensorFlow fuses the forward product with it, and loses it if it is asked for too.
    const sigmoid = ops.sigmoid(gate)
    const dProduct = ops.matMul(weights.down, dOut, "tn")
    const silu = ops.mul(gate, sigmoid)
    const slope = ops.add(sigmoid, ops.sub(silu, ops.mul(silu, sigmoid)))
    const dGate = ops.mul(ops.mul(dProduct, up), slope)
    const dUp = ops.mul(dProduct, silu)
    const width = weights.down.shape[1]
    const back = (first: number, d: Tensor) => ops.matMul(ops.slice(weights.gateUp, first, width), d, "tn")
    return {
      dh: ops.add(back(0, dGate), back(width, dUp)),
      gateUp: ops.concat([ops.matMul(dGate, h, "nt"), ops.matMul(dUp, h, "nt")], 0),
      down: ops.matMul(dOut, product, "nt")
    }
  })

/**
 * The gated feed-forward layer: down(silu(gate(h)) * up(h)), silu(g) = g sigmoid(g).
 *
 * Source: Shazeer 2020 (arXiv 2002.05202), SwiGLU.
 */
import type { Ops, Tensor } from "./ops.ts"

/** Matrices are [out, in]. */
export type MlpWeights = {
  readonly gate: Tensor
  readonly up: Tensor
  readonly down: Tensor
}

/** What the backward pass needs, each [rows, feed-forward size]. */
export type MlpSaved = {
  readonly sigmoid: Tensor
  readonly silu: Tensor
  readonly up: Tensor
  readonly product: Tensor
}

/** @param h [rows, d] normalised */
export const mlp = (ops: Ops, weights: MlpWeights, h: Tensor): { readonly out: Tensor; readonly saved: MlpSaved } =>
  ops.scope(() => {
    const gate = ops.matMul(h, weights.gate, "nt")
    const up = ops.matMul(h, weights.up, "nt")
    const sigmoid = ops.sigmoid(gate)
    const silu = ops.mul(gate, sigmoid)
    const product = ops.mul(silu, up)
    return { out: ops.matMul(product, weights.down, "nt"), saved: { sigmoid, silu, up, product } }
  })

export type MlpGradient = {
  /** [rows, d] */
  readonly dh: Tensor
  readonly gate: Tensor
  readonly up: Tensor
  readonly down: Tensor
}

/** silu'(g) = s + silu - silu s, with s = sigmoid(g). */
export const mlpBackward = (ops: Ops, weights: MlpWeights, saved: MlpSaved, h: Tensor, dOut: Tensor): MlpGradient =>
  ops.scope(() => {
    const { product, sigmoid, silu, up } = saved
    const dProduct = ops.matMul(dOut, weights.down, "nn")
    const dUp = ops.mul(dProduct, silu)
    const slope = ops.sub(ops.add(sigmoid, silu), ops.mul(silu, sigmoid))
    const dGate = ops.mul(ops.mul(dProduct, up), slope)
    return {
      dh: ops.add(ops.matMul(dGate, weights.gate, "nn"), ops.matMul(dUp, weights.up, "nn")),
      gate: ops.matMul(dGate, h, "tn"),
      up: ops.matMul(dUp, h, "tn"),
      down: ops.matMul(dOut, product, "tn")
    }
  })

/**
 * The products of low-rank adaptation, one adapted matrix at a time and over a whole policy.
 *
 * A policy is trained through its merged weights: the gradient of W + scale B A with respect to A and B follows from
 * that with respect to the sum.
 */
import type { PolicyConfig } from "../config.ts"
import type { Parameter } from "../parameters.ts"
import type { Ops, Tensor } from "../tensors/ops.ts"
import { adaptedParameters, adapterLayout, type LoraConfig, loraScale } from "./lora.ts"

/** W + scale B A, [out, in]. */
export const merged = (ops: Ops, w: Tensor, a: Tensor, b: Tensor, scale: number): Tensor =>
  ops.scope(() => ops.add(w, ops.matMul(ops.scale(b, scale), a, "nn")))

export interface AdapterGradient {
  /** [rank, in] */
  readonly dA: Tensor
  /** [out, rank] */
  readonly dB: Tensor
}

/** @param dW the gradient with respect to the merged matrix, [out, in] */
export const adapterGradient = (ops: Ops, dW: Tensor, a: Tensor, b: Tensor, scale: number): AdapterGradient =>
  ops.scope(() => ({
    dA: ops.matMul(ops.scale(b, scale), dW, "tn"),
    dB: ops.matMul(dW, ops.scale(a, scale), "nt")
  }))

const upload = (ops: Ops, flat: Float32Array, { offset, shape, size }: Parameter): Tensor =>
  ops.floats(flat.subarray(offset, offset + size), shape)

/** The base's flat array with every adapted matrix merged. */
export const mergedWeights = (
  ops: Ops,
  config: PolicyConfig,
  lora: LoraConfig,
  base: Float32Array,
  adapter: Float32Array
): Float32Array => {
  const flat = base.slice()
  for (const { a, b, base: w } of adaptedParameters(config, lora)) {
    const values = ops.scope(() => {
      const sum = merged(ops, upload(ops, base, w), upload(ops, adapter, a), upload(ops, adapter, b), loraScale(lora))
      return ops.read(sum)
    })
    flat.set(values, w.offset)
  }
  return flat
}

/**
 * The adapter's gradient from that of the merged weights, each a flat array in its own layout.
 *
 * @param gradient with respect to every parameter of the merged policy; those that are not adapted count for nothing
 */
export const adapterGradients = (
  ops: Ops,
  config: PolicyConfig,
  lora: LoraConfig,
  gradient: Float32Array,
  adapter: Float32Array
): Float32Array => {
  const flat = new Float32Array(adapterLayout(config, lora).size)
  for (const { a, b, base } of adaptedParameters(config, lora)) {
    ops.scope(() => {
      const dW = upload(ops, gradient, base)
      const { dA, dB } = adapterGradient(ops, dW, upload(ops, adapter, a), upload(ops, adapter, b), loraScale(lora))
      flat.set(ops.read(dA), a.offset)
      flat.set(ops.read(dB), b.offset)
    })
  }
  return flat
}

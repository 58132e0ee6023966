/**
 * The operations by way of tfjs-core, for every backend that TensorFlow.js has one of its own for.
 */
import * as tf from "@tensorflow/tfjs-core"
import type { Ops, Tensor } from "./ops.ts"
import { tensorScopes } from "./tensor-scopes.ts"

/** The smallest normal float32, whose logarithm is finite. */
const leastFloat = 2 ** -126

/** Operations over whatever backend tfjs-core is set to, and the tensors behind their handles. */
export interface CoreOps {
  readonly ops: Ops
  readonly tensorOf: (x: Tensor) => tf.Tensor
  readonly adopt: (tensor: tf.Tensor) => Tensor
}

/**
 * @param memoryOf a view of the memory that a tensor's numbers lie in; tfjs-core has no operation that writes in place
 */
export const coreOps = (memoryOf: (tensor: tf.Tensor) => Float32Array): CoreOps => {
  const tensors = new Map<number, tf.Tensor>()
  let last = 0
  const scopes = tensorScopes((handle) => {
    tensors.get(handle)?.dispose()
    tensors.delete(handle)
  })
  const tensorOf = (x: Tensor): tf.Tensor => {
    const tensor = tensors.get(x.handle)
    if (tensor === undefined) throw new RangeError(`tensor ${x.handle} of shape [${x.shape.join(", ")}] was freed`)
    return tensor
  }
  const adopt = (tensor: tf.Tensor): Tensor => {
    last += 1
    tensors.set(last, tensor)
    return scopes.made({ handle: last, shape: tensor.shape })
  }
  const unary = (kernel: (x: tf.Tensor) => tf.Tensor) => (x: Tensor) => adopt(kernel(tensorOf(x)))
  const binary = (kernel: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) => (a: Tensor, b: Tensor) =>
    adopt(kernel(tensorOf(a), tensorOf(b)))
  const floatsOf = (x: Tensor): Float32Array => tensorOf(x).dataSync<"float32">()
  const integersOf = (x: Tensor): Int32Array => tensorOf(x).dataSync<"int32">()
  const along = (kernel: (x: tf.Tensor, axis: number, keep: boolean) => tf.Tensor) => (x: Tensor, axis: number) =>
    adopt(kernel(tensorOf(x), axis, true))
  const ops: Ops = {
    ...{ free: scopes.free, scope: scopes.scope, keep: scopes.keep, live: scopes.live },
    compile: (body) => (inputs) => scopes.scope(() => body(inputs)),
    floats: (values, shape) => adopt(tf.tensor(values, [...shape], "float32")),
    indices: (values) => adopt(tf.tensor1d(values, "int32")),
    zeros: (shape) => adopt(tf.zeros([...shape])),
    read: (x) => floatsOf(x).slice(),
    ...{ add: binary(tf.add), sub: binary(tf.sub), mul: binary(tf.mul) },
    addScalar: (x, value) => adopt(tf.add(tensorOf(x), value)),
    scale: (x, value) => adopt(tf.mul(tensorOf(x), value)),
    ...{ square: unary(tf.square), rsqrt: unary(tf.rsqrt), exp: unary(tf.exp), log: unary(tf.log) },
    ...{ sigmoid: unary(tf.sigmoid), softmax: unary((x) => tf.softmax(x)) },
    xLogX: unary((x) => tf.tidy(() => tf.mul(x, tf.log(tf.maximum(x, leastFloat))))),
    ...{ mean: along(tf.mean), sum: along(tf.sum), max: along(tf.max) },
    narrow: () => {
      throw new RangeError("bfloat16 needs native TensorFlow; this backend computes in float32 only")
    },
    matMul: (a, b, transposes) =>
      adopt(tf.matMul(tensorOf(a), tensorOf(b), transposes[0] === "t", transposes[1] === "t")),
    reshape: (x, shape) => adopt(tf.reshape(tensorOf(x), [...shape])),
    transpose: (x, order) => adopt(tf.transpose(tensorOf(x), [...order])),
    concat: (xs, axis) => adopt(tf.concat(xs.map(tensorOf), axis)),
    split: (x, sizes, axis) => tf.split(tensorOf(x), [...sizes], axis).map(adopt),
    slice: (x, begin, count) => adopt(tf.slice(tensorOf(x), begin, count)),
    swap: (x, axis) => adopt(tf.reverse(tensorOf(x), axis)),
    gather: (x, indices) => adopt(tf.gather(tensorOf(x), tensorOf(indices))),
    writeRows: (target, indices, values) => {
      const memory = memoryOf(tensorOf(target))
      const rows = floatsOf(values)
      const width = target.shape[1]
      integersOf(indices).forEach((row, i) => {
        memory.set(rows.subarray(i * width, (i + 1) * width), row * width)
      })
      return ops.reshape(target, target.shape)
    },
    addAt: (target, indices, values) => {
      const memory = memoryOf(tensorOf(target))
      const added = floatsOf(values)
      integersOf(indices).forEach((place, i) => {
        memory[place] += added[i]
      })
      return ops.reshape(target, target.shape)
    }
  }
  return { ops, tensorOf, adopt }
}

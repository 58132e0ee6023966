/**
 * TensorFlow's native kernels, called one by one through the addon of TensorFlow.js.
 *
 * The only file that loads tfjs-node. It goes to the addon's own entry, because tensors that tfjs-core keeps books of cost
 * 11 microseconds an operation and bare handles 4. The addon is installed apart, under deploy/tensorflow.
 *
 * Code that oneDNN generates for matrix products keeps data below the stack pointer, where a signal handler overwrites
 * it. So TensorFlow must run on a thread that gets no signals: a worker thread, and never under a sampling profiler.
 */
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import type { Ops, Tensor } from "./ops.ts"
import { tensorScopes } from "./tensor-scopes.ts"

const installation = new URL("../../deploy/tensorflow/package.json", import.meta.url)
const addonPath = "@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node"

interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: number | boolean
}

interface Output {
  readonly id: number
  readonly shape: ReadonlyArray<number>
}

/** As binding/tfjs_binding.cc of tfjs-node 4.22 exports it. */
interface Addon {
  readonly TF_Version: string
  readonly TF_FLOAT: number
  readonly TF_INT32: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_INT: number
  readonly createTensor: (shape: ReadonlyArray<number>, dtype: number, values: Float32Array | Int32Array) => number
  readonly deleteTensor: (id: number) => void
  readonly tensorDataSync: (id: number) => Float32Array
  readonly executeOp: (
    name: string,
    attributes: ReadonlyArray<Attribute>,
    inputs: ReadonlyArray<number>,
    outputs: number
  ) => ReadonlyArray<Output>
}

const isFunction = (value: unknown): boolean => typeof value === "function"

/** The addon's functions are not enumerable, so a schema cannot see them. */
const isAddon = (value: unknown): value is Addon =>
  typeof value === "object" &&
  value !== null &&
  "executeOp" in value &&
  isFunction(value.executeOp) &&
  "createTensor" in value &&
  isFunction(value.createTensor)

/** The native addon is not there, or is none. */
export class AddonUnusable extends Schema.TaggedError<AddonUnusable>()("AddonUnusable", {
  place: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `TensorFlow's native addon cannot be loaded from ${this.place}: ${this.reason}; run npm ci again`
  }
}

const loadAddon = (): Addon => {
  const place = fileURLToPath(new URL(`node_modules/${addonPath}`, installation))
  let loaded: unknown
  try {
    loaded = createRequire(installation)(place)
  } catch (cause) {
    throw new AddonUnusable({ place, reason: cause instanceof Error ? cause.message : String(cause) })
  }
  if (isAddon(loaded)) return loaded
  throw new AddonUnusable({ place, reason: "it has no executeOp" })
}

const none: ReadonlyArray<Attribute> = []

/** Shapes and scalars kept for the next call; all are dropped when there are more. */
const maxConstants = 4096

/** Runs named kernels and keeps the small constants that many calls share. */
const executor = (addon: Addon) => {
  const scopes = tensorScopes((handle) => addon.deleteTensor(handle))
  const constants = new Map<string, number>()
  const constant = (
    key: string,
    dtype: number,
    shape: ReadonlyArray<number>,
    values: () => Float32Array | Int32Array
  ) => {
    const known = constants.get(key)
    if (known !== undefined) return known
    if (constants.size === maxConstants) {
      for (const id of constants.values()) addon.deleteTensor(id)
      constants.clear()
    }
    const id = addon.createTensor(shape, dtype, values())
    constants.set(key, id)
    return id
  }
  const made = ({ id, shape }: Output): Tensor => scopes.made({ handle: id, shape })
  return {
    scopes,
    scalar: (value: number) => constant(`f${value}`, addon.TF_FLOAT, [], () => Float32Array.of(value)),
    integer: (value: number) => constant(`i${value}`, addon.TF_INT32, [], () => Int32Array.of(value)),
    integers: (values: ReadonlyArray<number>) =>
      constant(`v${values.join()}`, addon.TF_INT32, [values.length], () => Int32Array.from(values)),
    upload: (shape: ReadonlyArray<number>, dtype: number, values: Float32Array | Int32Array): Tensor =>
      scopes.made({ handle: addon.createTensor(shape, dtype, values), shape }),
    run: (kernel: string, attributes: ReadonlyArray<Attribute>, inputs: ReadonlyArray<number>): Tensor =>
      made(addon.executeOp(kernel, attributes, inputs, 1)[0]),
    runMany: (kernel: string, attributes: ReadonlyArray<Attribute>, inputs: ReadonlyArray<number>, outputs: number) =>
      addon.executeOp(kernel, attributes, inputs, outputs).map(made)
  }
}

/** Attribute lists, made once. What TensorFlow infers from the inputs or takes by default is left out: it costs time. */
const attributesOf = (addon: Addon) => {
  const flag = (name: string, value: boolean): Attribute => ({ name, type: addon.TF_ATTR_BOOL, value })
  const count = (name: string, value: number): Attribute => ({ name, type: addon.TF_ATTR_INT, value })
  const product = (first: string, second: string) => ({ nn: none, nt: [flag(second, true)], tn: [flag(first, true)] })
  return {
    matrix: product("transpose_a", "transpose_b"),
    batch: product("adj_x", "adj_y"),
    kept: [flag("keep_dims", true)],
    concat: (n: number) => [{ name: "T", type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT }, count("N", n)],
    split: (n: number) => [count("num_split", n)]
  }
}

/** Loads the addon into this thread. Throws AddonUnusable. */
export const tensorflowOps = (): { readonly ops: Ops; readonly version: string } => {
  const addon = loadAddon()
  const { integer, integers, run, runMany, scalar, scopes, upload } = executor(addon)
  const attributes = attributesOf(addon)
  const unary = (kernel: string) => (x: Tensor) => run(kernel, none, [x.handle])
  const binary = (kernel: string) => (a: Tensor, b: Tensor) => run(kernel, none, [a.handle, b.handle])
  const last = (x: Tensor) => integers([x.shape.length - 1])
  const ops: Ops = {
    ...{ free: scopes.free, scope: scopes.scope, keep: scopes.keep, live: scopes.live },
    floats: (values, shape) => upload(shape, addon.TF_FLOAT, values),
    indices: (values) => upload([values.length], addon.TF_INT32, values),
    zeros: (shape) => run("Fill", none, [integers(shape), scalar(0)]),
    read: (x) => addon.tensorDataSync(x.handle),
    ...{ add: binary("AddV2"), sub: binary("Sub"), mul: binary("Mul") },
    addScalar: (x, value) => run("AddV2", none, [x.handle, scalar(value)]),
    scale: (x, value) => run("Mul", none, [x.handle, scalar(value)]),
    ...{ square: unary("Square"), rsqrt: unary("Rsqrt"), exp: unary("Exp"), sigmoid: unary("Sigmoid") },
    ...{ softmax: unary("Softmax"), logSoftmax: unary("LogSoftmax") },
    meanLast: (x) => run("Mean", attributes.kept, [x.handle, last(x)]),
    sumLast: (x) => run("Sum", attributes.kept, [x.handle, last(x)]),
    sum: (x, axis) => run("Sum", none, [x.handle, integers([axis])]),
    // BatchMatMulV3 would compile no kernel for each new shape and keep less memory, but its bits differ, and the base
    // that ships is rebuilt to its hash with V2: a change for the day that a new base is made.
    matMul: (a, b, transposes) =>
      a.shape.length === 2
        ? run("MatMul", attributes.matrix[transposes], [a.handle, b.handle])
        : run("BatchMatMulV2", attributes.batch[transposes], [a.handle, b.handle]),
    reshape: (x, shape) => run("Reshape", none, [x.handle, integers(shape)]),
    transpose: (x, order) => run("Transpose", none, [x.handle, integers(order)]),
    concat: (xs, axis) => run("ConcatV2", attributes.concat(xs.length), [...xs.map((x) => x.handle), integer(axis)]),
    split: (x, sizes, axis) =>
      runMany("SplitV", attributes.split(sizes.length), [x.handle, integers(sizes), integer(axis)], sizes.length),
    slice: (x, begin, count) => {
      const rest = x.shape.slice(1)
      const start = integers([begin, ...rest.map(() => 0)])
      return run("Slice", none, [x.handle, start, integers([count, ...rest])])
    },
    gather: (x, indices) => run("GatherV2", none, [x.handle, indices.handle, integer(0)]),
    oneHot: (indices, depth) => run("OneHot", none, [indices.handle, integer(depth), scalar(1), scalar(0)]),
    writeRows: (target, indices, values) =>
      addon.deleteTensor(
        addon.executeOp("InplaceUpdate", none, [target.handle, indices.handle, values.handle], 1)[0].id
      )
  }
  return { ops, version: addon.TF_Version }
}

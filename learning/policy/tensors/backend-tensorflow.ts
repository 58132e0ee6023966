/**
 * The operations on TensorFlow's native kernels: one by one, and compiled functions as graphs.
 */
import { graphPrograms } from "./graph-programs.ts"
import type { Ops, Tensor } from "./ops.ts"
import { tensorScopes } from "./tensor-scopes.ts"
import { type Addon, type Attribute, loadAddon } from "./tensorflow-addon.ts"
import { type Constant, type KernelAttributes, kernelOps, type RunKernel, type Shape } from "./tensorflow-kernels.ts"

/** Shapes and scalars kept for the next call; all are dropped before a call that finds more. */
const maxConstants = 16_384

/** DT_BFLOAT16, which the addon does not name. */
const bfloat16 = 14
/** Types that TensorFlow does not infer from the inputs. */
const typedBy: Readonly<Record<string, string>> = { ConcatV2: "T", Cast: "DstT" }

/** Whether functions run as they stand or, compiled, as graphs. Bits depend on it. */
export type EngineMode = "eager" | "graph"

/** Throws AddonUnusable where the addon is to be loaded into this thread and cannot be. */
export const tensorflowOps = (
  mode: EngineMode,
  addon: Addon = loadAddon()
): { readonly ops: Ops; readonly version: string } => {
  const { made, ...scopes } = tensorScopes((handle) => addon.deleteTensor(handle))
  const constants = new Map<string, number>()
  const constant = (key: string, shape: Shape, dtype: number, values: () => Float32Array | Int32Array): number => {
    const known = constants.get(key)
    if (known !== undefined) return known
    const id = addon.createTensor(shape, dtype, values())
    constants.set(key, id)
    return id
  }
  const forget = (): void => {
    if (constants.size < maxConstants) return
    for (const id of constants.values()) addon.deleteTensor(id)
    constants.clear()
  }
  const integers = (values: Shape): number =>
    constant(`v${values.join()}`, [values.length], addon.TF_INT32, () => Int32Array.from(values))
  const handleOf = (input: Tensor | Constant): number => {
    if (!("kind" in input)) return input.handle
    if (input.kind === "scalar")
      return constant(`f${input.value}`, [], addon.TF_FLOAT, () => Float32Array.of(input.value))
    if (input.kind === "axis") return constant(`i${input.value}`, [], addon.TF_INT32, () => Int32Array.of(input.value))
    return integers(input.values)
  }

  /** Attribute lists as the addon wants them. What TensorFlow infers from the inputs is left out: it costs time. */
  const lists = new Map<KernelAttributes, ReadonlyArray<Attribute>>()
  const listOf = (attributes: KernelAttributes): ReadonlyArray<Attribute> => {
    const known = lists.get(attributes)
    if (known !== undefined) return known
    const list = Object.entries(attributes).map(([name, value]): Attribute => {
      return { name, type: typeof value === "boolean" ? addon.TF_ATTR_BOOL : addon.TF_ATTR_INT, value }
    })
    const isShared = "keep_dims" in attributes || Object.keys(attributes).length === 0
    if (isShared) lists.set(attributes, list)
    return list
  }
  const runNow: RunKernel = (kernel, attributes, inputs, _, element = "float32") => {
    forget()
    const list = listOf(attributes)
    const typed = typedBy[kernel]
    const value = element === "bfloat16" ? bfloat16 : addon.TF_FLOAT
    const types = typed === undefined ? [] : [{ name: typed, type: addon.TF_ATTR_TYPE, value }]
    const outputs = "num_split" in attributes ? Number(attributes.num_split) : 1
    return addon
      .executeOp(kernel, [...types, ...list], inputs.map(handleOf), outputs)
      .map(({ id, shape }) => made({ handle: id, shape, element }))
  }

  let current = runNow
  const under = <A>(run: RunKernel, body: () => A): A => {
    const around = current
    current = run
    try {
      return body()
    } finally {
      current = around
    }
  }
  const isTracing = () => current !== runNow
  const { fill, ...kernels } = kernelOps((...call) => current(...call))
  const ops: Ops = {
    ...kernels,
    ...scopes,
    scope: (body) => (isTracing() ? body() : scopes.scope(body)),
    compile:
      mode === "graph" ? graphPrograms({ addon, sizes: integers, forget, made, under, isTracing }) : (body) => body,
    floats: (values, shape) => made({ handle: addon.createTensor(shape, addon.TF_FLOAT, values), shape }),
    indices: (values) => {
      const shape = [values.length]
      return made({ handle: addon.createTensor(shape, addon.TF_INT32, values), shape, element: "int32" })
    },
    zeros: (shape) => fill(shape, 0),
    read: (x) => addon.tensorDataSync(x.handle)
  }
  return { ops, version: addon.TF_Version }
}

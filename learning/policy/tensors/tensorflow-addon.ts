/**
 * TensorFlow.js's native addon, loaded into this thread and checked to be one.
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

const installation = new URL("../../../deploy/tensorflow/package.json", import.meta.url)
const addonPath = "@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node"

export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: number | boolean
}

export interface Output {
  readonly id: number
  readonly shape: ReadonlyArray<number>
}

/** As binding/tfjs_binding.cc of tfjs-node 4.22 exports it. */
export interface Addon {
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
  /** The id of the model in a folder that holds saved_model.pb. */
  readonly loadSavedModel: (folder: string, tags: string) => number
  readonly deleteSavedModel: (model: number) => void
  /** @param inputNames, outputNames separated by commas, each "node:output" */
  readonly runSavedModel: (
    model: number,
    inputs: ReadonlyArray<number>,
    inputNames: string,
    outputNames: string
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
  isFunction(value.createTensor) &&
  "runSavedModel" in value &&
  isFunction(value.runSavedModel)

/** The native addon is not there, or is none. */
export class AddonUnusable extends Schema.TaggedError<AddonUnusable>()("AddonUnusable", {
  place: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `TensorFlow's native addon cannot be loaded from ${this.place}: ${this.reason}; run npm ci again`
  }
}

/** Throws AddonUnusable. */
export const loadAddon = (): Addon => {
  const place = fileURLToPath(new URL(`node_modules/${addonPath}`, installation))
  let loaded: unknown
  try {
    loaded = createRequire(installation)(place)
  } catch (cause) {
    throw new AddonUnusable({ place, reason: cause instanceof Error ? cause.message : String(cause) })
  }
  if (isAddon(loaded)) return loaded
  throw new AddonUnusable({ place, reason: "it lacks functions of tfjs-node 4.22" })
}

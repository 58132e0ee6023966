/**
 * TensorFlow.js in WebAssembly: slower, but it runs wherever Node does.
 *
 * The only file that imports @tensorflow/tfjs-backend-wasm.
 */
import { createRequire } from "node:module"
import { dirname, join, sep } from "node:path"
import { BackendWasm, setWasmPaths, version_wasm } from "@tensorflow/tfjs-backend-wasm"
import * as tf from "@tensorflow/tfjs-core"
import { type CoreOps, coreOps } from "./core-ops.ts"

/** Starts the backend in this thread, with one thread of its own. */
export const wasmOps = async (): Promise<CoreOps & { readonly version: string }> => {
  const packageFile = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json")
  setWasmPaths(join(dirname(packageFile), "wasm-out") + sep)
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js could not start its WebAssembly backend")
  const backend = tf.backend()
  if (!(backend instanceof BackendWasm)) throw new Error("TensorFlow.js started another backend than WebAssembly")
  const memoryOf = (tensor: tf.Tensor): Float32Array => {
    const view = backend.typedArrayFromHeap(tensor)
    if (view instanceof Float32Array) return view
    throw new TypeError("only float tensors are written in place")
  }
  return { ...coreOps(memoryOf), version: version_wasm }
}

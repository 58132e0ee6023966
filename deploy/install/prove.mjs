// Proves in a process of its own that the installed addon loads and multiplies.
import { runCommand } from "./command.mjs"
import { tensorflowFolder } from "./places.mjs"

const PROOF = `
const tf = require("@tensorflow/tfjs-node")
const product = tf.matMul([[1, 2], [3, 4]], [[1, 0], [0, 2]])
console.log(JSON.stringify({
  backend: tf.getBackend(),
  product: Array.from(product.dataSync()),
  tensorflow: tf.backend().binding.TF_Version,
  gpu: tf.backend().isUsingGpuDevice === true
}))`

/** @returns {{ ok: true, tensorflow: string, gpu: boolean } | { ok: false, why: string }} with TensorFlow's own version */
export function proveAddon() {
  const ran = runCommand(process.execPath, ["-e", PROOF], {
    cwd: tensorflowFolder,
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "2", NODE_NO_WARNINGS: "1" },
    seconds: 120
  })
  if (!ran.ok) return ran
  const { backend, gpu, product, tensorflow } = JSON.parse(/^\{.*\}$/m.exec(ran.output)?.[0] ?? "{}")
  const right = backend === "tensorflow" && String(product) === "1,4,3,8"
  return right ? { ok: true, tensorflow, gpu } : { ok: false, why: `it computed ${product} on ${backend}` }
}

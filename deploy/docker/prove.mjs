// Ends with code 1 and says why where TensorFlow's native addon does not compute: an image is not built then.
import { proveAddon } from "../install/prove.mjs"

const proof = proveAddon()
if (proof.ok) {
  console.log(`onefold: native TensorFlow ${proof.tensorflow} works in this image`)
} else {
  console.error(`onefold: this image has no native TensorFlow: ${proof.why}`)
  process.exitCode = 1
}

/**
 * The hashes that say which state a fold has come to.
 */
import { createHash } from "node:crypto"
import type { FoldState } from "../../learning/objective/fold.ts"
import type { Sha256 } from "../../schemas/ids.ts"

export const sha256 = (...parts: ReadonlyArray<Uint8Array>): Sha256 => {
  const digest = createHash("sha256")
  for (const part of parts) digest.update(part)
  return digest.digest("hex")
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** SHA-256 of first moments, then second moments, as float32 little-endian. */
export const optimizerHashOf = ({
  firstMoment,
  secondMoment
}: Pick<FoldState, "firstMoment" | "secondMoment">): Sha256 => sha256(bytesOf(firstMoment), bytesOf(secondMoment))

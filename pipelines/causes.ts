/**
 * One cause that stands for many: the SHA-256 over the ids and hashes of all of them, in the order given.
 */
import { createHash } from "node:crypto"
import type { Cause, Delivered } from "../platform/stream/stage.ts"

export const causesDigest = (id: string, deliveries: ReadonlyArray<Pick<Delivered, "id" | "sha256">>): Cause => {
  const digest = createHash("sha256")
  for (const { id: cause, sha256 } of deliveries) digest.update(`${cause} ${sha256}\n`)
  return { id, sha256: digest.digest("hex") }
}

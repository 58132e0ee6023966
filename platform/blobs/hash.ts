/**
 * The SHA-256 of bytes that may be many: taken in pieces, so that nothing else has to wait for long.
 */
import { createHash } from "node:crypto"
import { setImmediate as letOthersRun } from "node:timers/promises"
import type { Sha256 } from "../../learning/artifacts.ts"

export const isSha256 = (name: string): boolean => /^[0-9a-f]{64}$/.test(name)

/** Hashing this much takes a few milliseconds. */
export const piece = 8 * 1024 * 1024

export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
}

export const sha256 = async (bytes: Uint8Array): Promise<Sha256> => {
  const hash = createHash("sha256")
  for (const each of piecesOf(bytes)) {
    if (each.byteOffset > bytes.byteOffset) await letOthersRun()
    hash.update(each)
  }
  return hash.digest("hex")
}

/** Where an artifact lies below the root of a store, as a path and as a key. */
export const nameOf = (hash: Sha256): string => `${hash.slice(0, 2)}/${hash}.safetensors`

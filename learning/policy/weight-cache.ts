/**
 * The policies that a worker holds on its device, the longest unused freed first.
 */
import { Effect } from "effect"
import type { Sha256 } from "../artifacts.ts"
import { viewParameters } from "./checkpoint.ts"
import type { Device } from "./device.ts"
import { EngineError } from "./engine-error.ts"
import type { Policy } from "./gradient.ts"
import { layoutOf } from "./parameters.ts"
import { uploadWeights } from "./weights.ts"

export interface WeightCache {
  /** Makes exactly these policies the most recently used, from the given bytes where they are not held. */
  readonly use: (hashes: ReadonlyArray<Sha256>, bytes: ReadonlyMap<Sha256, Uint8Array>) => void
  /** One of those that `use` named last. */
  readonly get: (hash: Sha256) => Policy
  readonly holding: () => ReadonlyArray<Sha256>
}

/** @param capacity policies to keep; at least as many as a call needs */
export const weightCache = (device: Device, capacity: number): WeightCache => {
  const { config, ops } = device
  const layout = layoutOf(config)
  const held = new Map<Sha256, Policy>()

  const upload = (hash: Sha256, bytes: Uint8Array | undefined): Policy => {
    const refuse = (detail: string) => new EngineError({ operation: "upload", reason: "weights-unreadable", detail })
    if (bytes === undefined) throw refuse(`the bytes of ${hash} were not sent`)
    const flat = Effect.runSync(
      viewParameters(layout, bytes, hash).pipe(Effect.mapError((invalid) => refuse(invalid.message)))
    )
    return { layout, weights: uploadWeights(ops, config, layout, flat) }
  }

  return {
    use: (hashes, bytes) => {
      for (const hash of hashes) {
        const policy = held.get(hash) ?? upload(hash, bytes.get(hash))
        held.delete(hash)
        held.set(hash, policy)
      }
      for (const [hash, { weights }] of held) {
        if (held.size <= capacity) return
        held.delete(hash)
        ops.free(weights)
      }
    },
    get: (hash) => {
      const policy = held.get(hash)
      if (policy === undefined) throw new RangeError(`weights ${hash} are not held`)
      return policy
    },
    holding: () => [...held.keys()]
  }
}

/**
 * The policies that a worker holds on its device, the longest unused freed first.
 */
import { Effect } from "effect"
import type { Sha256 } from "../../artifacts.ts"
import { viewParameters } from "../checkpoint/checkpoint.ts"
import type { Device } from "../model/device.ts"
import { uploadWeights } from "../model/weights.ts"
import { layoutOf, type ParameterLayout } from "../parameters.ts"
import type { Policy } from "../training/gradient.ts"
import { type AdaptedBase, adapterLayout } from "../training/lora.ts"
import { mergedWeights } from "../training/lora-products.ts"
import { EngineError } from "./engine-error.ts"

export interface WeightCache {
  /** Makes exactly these policies the most recently used, from the given bytes where they are not held. */
  readonly use: (hashes: ReadonlyArray<Sha256>, bytes: ReadonlyMap<Sha256, Uint8Array>) => void
  /** One of those that `use` named last. */
  readonly get: (hash: Sha256) => Policy
  /** What need not be sent again. */
  readonly holding: () => ReadonlyArray<Sha256>
}

/** Policies that no call asked for last are kept only while all of them take no more bytes than this. */
const largestSpare = 2 ** 30

const refuse = (detail: string) => new EngineError({ operation: "upload", reason: "weights-unreadable", detail })

/**
 * @param capacity policies to keep; at least as many as a call needs
 * @param adapted the base that policies are adapters of; null where they are weights
 */
export const weightCache = (device: Device, capacity: number, adapted: AdaptedBase | null): WeightCache => {
  const { config, ops, precision } = device
  const layout = layoutOf(config)
  const held = new Map<Sha256, Policy>()
  let base: Float32Array | null = null

  const read = (parameters: ParameterLayout, hash: Sha256, bytes: ReadonlyMap<Sha256, Uint8Array>): Float32Array => {
    const own = bytes.get(hash)
    if (own === undefined) throw refuse(`the bytes of ${hash} were not sent`)
    return Effect.runSync(
      viewParameters(parameters, own, hash).pipe(Effect.mapError((invalid) => refuse(invalid.message)))
    )
  }

  const upload = (hash: Sha256, bytes: ReadonlyMap<Sha256, Uint8Array>): Policy => {
    if (adapted === null)
      return {
        layout,
        adapter: null,
        weights: uploadWeights(ops, config, layout, read(layout, hash, bytes), precision)
      }
    const { lora } = adapted
    base ??= read(layout, adapted.base, bytes)
    const flat = read(adapterLayout(config, lora), hash, bytes)
    const whole = mergedWeights(ops, config, lora, base, flat)
    return { layout, adapter: { lora, flat }, weights: uploadWeights(ops, config, layout, whole, precision) }
  }

  return {
    use: (hashes, bytes) => {
      for (const hash of hashes) {
        const policy = held.get(hash) ?? upload(hash, bytes)
        held.delete(hash)
        held.set(hash, policy)
      }
      const spare = 4 * layout.size * held.size <= largestSpare ? capacity : hashes.length
      for (const [hash, { weights }] of held) {
        if (held.size <= spare) return
        held.delete(hash)
        ops.free(weights)
      }
    },
    get: (hash) => {
      const policy = held.get(hash)
      if (policy === undefined) throw new RangeError(`weights ${hash} are not held`)
      return policy
    },
    holding: () => [...held.keys(), ...(adapted !== null && base !== null ? [adapted.base] : [])]
  }
}

/**
 * The policies that a worker holds on its device, the longest unused freed first.
 */
import { Effect } from "effect"
import type { Sha256 } from "../../artifacts.ts"
import { viewParameters } from "../checkpoint/checkpoint.ts"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { uploadWeights } from "../model/weights.ts"
import { layoutOf, type ParameterLayout } from "../parameters.ts"
import type { Policy } from "../training/gradient.ts"
import { type AdaptedBase, adapterLayout } from "../training/lora.ts"
import { mergedWeights } from "../training/lora-products.ts"

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
 * @param most bytes that policies which no call asked for last may take together with the others
 */
export const weightCache = (
  device: Device,
  capacity: number,
  adapted: AdaptedBase | null,
  most = largestSpare
): WeightCache => {
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

  /** Makes one the most recently used. */
  const touch = (hash: Sha256): void => {
    const policy = held.get(hash)
    if (policy === undefined) return
    held.delete(hash)
    held.set(hash, policy)
  }

  /** Frees the longest unused until so many are left. */
  const dropTo = (count: number): void => {
    for (const [hash, { weights }] of held) {
      if (held.size <= count) return
      held.delete(hash)
      ops.free(weights)
    }
  }

  return {
    use: (hashes, bytes) => {
      const known = hashes.filter((hash) => held.has(hash))
      for (const hash of known) touch(hash)
      // Room is made first, so that large policies never lie in memory beside those that replace them.
      const news = hashes.length - known.length
      const isLarge = 4 * layout.size * (held.size + news) > most
      dropTo((isLarge ? hashes.length : capacity) - news)
      for (const hash of hashes) {
        if (!held.has(hash)) held.set(hash, upload(hash, bytes))
        touch(hash)
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

/**
 * The policies and critics that a worker holds on its device, the longest unused freed first.
 */
import { Effect } from "effect"
import type { Sha256 } from "../../artifacts.ts"
import { viewParameters } from "../checkpoint/checkpoint.ts"
import { criticLayoutOf } from "../critic.ts"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { uploadCritic, uploadWeights } from "../model/weights.ts"
import { layoutOf, type ParameterLayout } from "../parameters.ts"
import type { Policy } from "../training/gradient.ts"
import { type AdaptedBase, adapterLayout } from "../training/lora.ts"
import { mergedWeights } from "../training/lora-products.ts"
import type { Critic } from "../training/value-gradient.ts"

/** Weights by kind and hash. */
export interface WeightHashes {
  readonly policies: ReadonlyArray<Sha256>
  readonly critics: ReadonlyArray<Sha256>
}

/** So many of each kind. */
export interface Capacity {
  readonly policies: number
  readonly critics: number
}

export interface WeightCache {
  /** Makes exactly these the most recently used, from the given bytes where they are not held. */
  readonly use: (needed: WeightHashes, bytes: ReadonlyMap<Sha256, Uint8Array>) => void
  /** One of those that `use` named last. */
  readonly get: (hash: Sha256) => Policy
  /** One of those that `use` named last. */
  readonly getCritic: (hash: Sha256) => Critic
  /** What need not be sent again. */
  readonly holding: () => WeightHashes
}

/** What no call asked for last is kept only while all that is held takes no more bytes than this. */
const largestSpare = 2 ** 30

const refuse = (detail: string) => new EngineError({ operation: "upload", reason: "weights-unreadable", detail })

const readBytes = (layout: ParameterLayout, hash: Sha256, bytes: ReadonlyMap<Sha256, Uint8Array>): Float32Array => {
  const own = bytes.get(hash)
  if (own === undefined) throw refuse(`the bytes of ${hash} were not sent`)
  return Effect.runSync(viewParameters(layout, own, hash).pipe(Effect.mapError((invalid) => refuse(invalid.message))))
}

type Upload<A> = (hash: Sha256, bytes: ReadonlyMap<Sha256, Uint8Array>) => A

/** Weights of one kind by hash. */
const heldWeights = <A extends Policy | Critic>({ ops }: Device, upload: Upload<A>) => {
  const held = new Map<Sha256, A>()
  /** Makes one the most recently used. */
  const touch = (hash: Sha256): void => {
    const weights = held.get(hash)
    if (weights === undefined) return
    held.delete(hash)
    held.set(hash, weights)
  }
  return {
    count: () => held.size,
    hashes: () => [...held.keys()],
    /** How many of these are not held; those that are become the most recently used. */
    missing: (hashes: ReadonlyArray<Sha256>): number => {
      for (const hash of hashes) touch(hash)
      return hashes.filter((hash) => !held.has(hash)).length
    },
    /** Frees the longest unused until so many are left. */
    dropTo: (count: number): void => {
      for (const [hash, { weights }] of held) {
        if (held.size <= count) return
        held.delete(hash)
        ops.free(weights)
      }
    },
    hold: (hashes: ReadonlyArray<Sha256>, bytes: ReadonlyMap<Sha256, Uint8Array>): void => {
      for (const hash of hashes) {
        if (!held.has(hash)) held.set(hash, upload(hash, bytes))
        touch(hash)
      }
    },
    get: (hash: Sha256): A => {
      const weights = held.get(hash)
      if (weights === undefined) throw new RangeError(`weights ${hash} are not held`)
      return weights
    }
  }
}

/**
 * @param capacity how many to keep; at least as many as a call needs
 * @param adapted the base that policies are adapters of; null where they are weights. Critics are weights always
 * @param most bytes that what no call asked for last may take together with the rest
 */
export const weightCache = (
  device: Device,
  capacity: Capacity,
  adapted: AdaptedBase | null,
  most = largestSpare
): WeightCache => {
  const { config, ops, precision } = device
  const layout = layoutOf(config)
  const criticLayout = criticLayoutOf(config)
  let base: Float32Array | null = null

  const policies = heldWeights(device, (hash, bytes): Policy => {
    if (adapted === null)
      return {
        layout,
        adapter: null,
        weights: uploadWeights(ops, config, layout, readBytes(layout, hash, bytes), precision)
      }
    const { lora } = adapted
    base ??= readBytes(layout, adapted.base, bytes)
    const flat = readBytes(adapterLayout(config, lora), hash, bytes)
    const whole = mergedWeights(ops, config, lora, base, flat)
    return { layout, adapter: { lora, flat }, weights: uploadWeights(ops, config, layout, whole, precision) }
  })
  const critics = heldWeights(
    device,
    (hash, bytes): Critic => ({
      layout: criticLayout,
      weights: uploadCritic(ops, config, criticLayout, readBytes(criticLayout, hash, bytes), precision)
    })
  )

  return {
    use: (needed, bytes) => {
      const newPolicies = policies.missing(needed.policies)
      const newCritics = critics.missing(needed.critics)
      const size = layout.size * (policies.count() + newPolicies) + criticLayout.size * (critics.count() + newCritics)
      const isLarge = 4 * size > most
      // Room is made first, so that large weights never lie in memory beside those that replace them.
      policies.dropTo((isLarge ? needed.policies.length : capacity.policies) - newPolicies)
      critics.dropTo((isLarge ? needed.critics.length : capacity.critics) - newCritics)
      policies.hold(needed.policies, bytes)
      critics.hold(needed.critics, bytes)
    },
    get: policies.get,
    getCritic: critics.get,
    holding: () => ({
      policies: [...policies.hashes(), ...(adapted !== null && base !== null ? [adapted.base] : [])],
      critics: critics.hashes()
    })
  }
}

/**
 * What a fold collects: the shards of a step until all of them are there, and the gradients of every step so far. The same
 * for policy and critic.
 */
import { HashMap } from "effect"
import type { Sha256 } from "../../schemas/ids.ts"
import type { ChainHistory } from "./fold-chain.ts"

/** One shard of a step, as far as collecting goes. */
interface Shard {
  readonly shard: number
  readonly shards: number
  readonly gradientHash: Sha256
}

export interface Collected<A extends Shard> extends ChainHistory {
  /** Shards by number, of each step that is still being collected. */
  readonly shards: HashMap.HashMap<number, HashMap.HashMap<number, A>>
}

/** Before the first shard. */
export const nothingCollected = { shards: HashMap.empty(), gradients: HashMap.empty(), snapshots: [] }

/** A step's shards in shard order; null while one is missing. */
export const wholeStep = <A extends Shard>({ shards }: Collected<A>, step: number): ReadonlyArray<A> | null => {
  const found = HashMap.get(shards, step)
  if (found._tag === "None") return null
  const ordered = [...HashMap.values(found.value)].sort((a, b) => a.shard - b.shard)
  return ordered.length === ordered[0].shards ? ordered : null
}

/** Takes a shard in; figures of steps before the previous one are not needed again. */
export const withShard = <A extends Shard>(before: Collected<A>, step: number, shard: A): Collected<A> => {
  const { gradients, snapshots } = before
  const known = HashMap.get(before.shards, step)
  const own = HashMap.set(known._tag === "Some" ? known.value : HashMap.empty<number, A>(), shard.shard, shard)
  const kept = HashMap.filter(before.shards, (_, other) => other >= step - 1)
  const after = { shards: HashMap.set(kept, step, own), gradients, snapshots }
  const whole = wholeStep(after, step)
  if (whole === null) return after
  const hashes = whole.map(({ gradientHash }) => gradientHash)
  return { ...after, gradients: HashMap.set(gradients, step, hashes) }
}

/** Notes that weights and moments of a step were stored whole, where they were. */
export const withSnapshot = <A extends Shard>(
  before: Collected<A>,
  { snapshotHash, step }: { readonly step: number; readonly snapshotHash: Sha256 | null }
): Collected<A> => {
  const { gradients, shards, snapshots } = before
  return snapshotHash === null ? before : { shards, gradients, snapshots: [...snapshots, { step, hash: snapshotHash }] }
}

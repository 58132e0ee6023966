/**
 * `--keep`: what a run leaves on the disk, as it was typed.
 */
import { Effect, Schema } from "effect"
import { largestInt } from "../../../schemas/ids.ts"
import type { Keeping } from "../../../schemas/run-config.ts"

/** `--keep` says nothing that is known, or how often a snapshot is stored a second time. */
export class KeepingRefused extends Schema.TaggedError<KeepingRefused>()("KeepingRefused", {
  typed: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `--keep ${this.typed}: ${this.reason}. Write gradients (everything stays), rollouts (no gradients), or snapshots:every=N (events, and every N-th policy)`
  }
}

const snapshots = /^snapshots(?::every=(\d{1,10}))?$/

interface Kept {
  readonly keep?: Keeping
  readonly snapshotEvery?: number
}

/** Settings that say it; none for gradients, which is what stays unless told otherwise. Fails with KeepingRefused. */
export const keepingOf = Effect.fn("keeping.of")(function* (typed: string | null, snapshotEvery: number | undefined) {
  const none: Kept = {}
  if (typed === null || typed === "gradients") return none
  const refuse = (reason: string) => new KeepingRefused({ typed, reason })
  if (typed === "rollouts") return { keep: typed } satisfies Kept
  const [found, every] = snapshots.exec(typed) ?? []
  if (found === undefined) return yield* refuse("it is not known")
  if (every === undefined) return { keep: "snapshots" } satisfies Kept
  const count = Number(every)
  if (count < 1 || count > largestInt) return yield* refuse(`every goes from 1 to ${largestInt}`)
  if (snapshotEvery !== undefined && snapshotEvery !== count)
    return yield* refuse(`--snapshot-every says ${snapshotEvery}; leave one of them out`)
  return { keep: "snapshots", snapshotEvery: count } satisfies Kept
})

/**
 * Compares gradients and updates, as they come, with those that were recorded.
 */
import type { Difference, RecordedFold } from "../../../pipelines/update/refold.ts"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import type { RecordedFolds } from "./recorded-folds.ts"

export interface Compared {
  /** The last step that policy, and critic where there is one, have come to with all that was recorded of it. */
  readonly reached: number
  readonly isStopped: boolean
  readonly firstDifferent: Difference | null
}

interface Comparing extends Compared {
  readonly take: (event: OnefoldEvent) => void
  /** Nothing more can come. True, for a stream to end by. */
  readonly stop: (difference: Difference) => true
}

type What = "policy" | "critic"

interface Came {
  readonly hash: string
  readonly optimizerHash: string
}

const differs = (what: string, then: string, now: string) => ({
  what,
  detail: `the log says ${then}, and now it is ${now}`
})

interface Gradient {
  readonly step: number
  readonly shard: number
  readonly gradientHash: string
}

const gradientDifference = (fold: RecordedFold, what: What, { gradientHash: now, shard, step }: Gradient) => {
  const then = fold.gradients.get(step)?.[shard] ?? null
  return then === null || then === now ? [] : [{ step: step + 1, shard, ...differs(`${what}'s gradient`, then, now) }]
}

const linkDifference = ({ links }: RecordedFold, what: What, step: number, came: Came): ReadonlyArray<Difference> => {
  const link = links.get(step)
  const of = { step, shard: null }
  if (link === undefined) return [{ ...of, what: `${what}'s update`, detail: "the log does not say what it came to" }]
  if (link.hash !== came.hash) return [{ ...of, ...differs(`${what}'s weights`, link.hash, came.hash) }]
  if (link.optimizerHash !== came.optimizerHash)
    return [{ ...of, ...differs(`${what}'s moments`, link.optimizerHash, came.optimizerHash) }]
  return []
}

/** Earlier steps first; of one step the lowest shard, and gradients before what comes of them. */
const earliest = (differences: ReadonlyArray<Difference>): Difference | null => {
  const rank = ({ shard }: Difference): number => shard ?? Number.POSITIVE_INFINITY
  return differences.toSorted((a, b) => a.step - b.step || rank(a) - rank(b))[0] ?? null
}

/** Steps after `from` up to `to`; what goes further is passed over. */
export const comparing = (
  recorded: RecordedFolds,
  hasCritic: boolean,
  { from, to }: { readonly from: number; readonly to: number }
): Comparing => {
  const differences: Array<Difference> = []
  const at = { policy: from, critic: hasCritic ? from : Number.POSITIVE_INFINITY }
  let isStopped = false
  const came = (what: What, step: number, state: Came): void => {
    if (step > to) return
    at[what] = Math.max(at[what], step)
    differences.push(...linkDifference(recorded[what], what, step, state))
    // A step's gradients lie before its update, so none of them comes later.
    if (differences.length > 0) isStopped = true
  }
  const seen = (what: What, event: Gradient): void => {
    if (event.step < to) differences.push(...gradientDifference(recorded[what], what, event))
  }
  return {
    get reached() {
      return differences.length > 0 ? (earliest(differences)?.step ?? from) - 1 : Math.min(at.policy, at.critic)
    },
    get isStopped() {
      return isStopped
    },
    get firstDifferent() {
      return earliest(differences)
    },
    stop: (difference) => {
      differences.push(difference)
      isStopped = true
      return true
    },
    take: (event) => {
      if (event._tag === "GradientComputed") seen("policy", event)
      if (event._tag === "CriticGradientComputed") seen("critic", event)
      if (event._tag === "PolicyUpdated") came("policy", event.step, { ...event, hash: event.policyHash })
      if (event._tag === "CriticUpdated") came("critic", event.step, { ...event, hash: event.criticHash })
    }
  }
}

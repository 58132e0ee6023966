/**
 * What a run can do later, by what it keeps: said wherever somebody may miss what is gone.
 */
import type { RunConfig } from "../../../schemas/run-config.ts"

/** A sentence; null where everything is kept, and everything can be done. */
export const keepingNote = ({ keep, snapshotEvery }: Pick<RunConfig, "keep" | "snapshotEvery">): string | null => {
  if (keep === "rollouts")
    return "this run keeps no gradients: onefold replay RUN --recompute can still prove it, and the policy of every step can be loaded"
  if (keep === "snapshots")
    return `this run keeps events and snapshots: the policies of every ${snapshotEvery} steps and of the last can be loaded, and onefold replay RUN --recompute can still prove all of them`
  return null
}

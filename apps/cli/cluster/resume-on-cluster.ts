/**
 * `onefold resume RUN --brokers …`: the word that lets a run of a cluster go on. It computes nothing here, so what is
 * said of computing is refused.
 */
import { Effect } from "effect"
import { OptionsConflict } from "../generate-prompt.ts"
import type { ResumeOptions } from "../resume.ts"
import { resumeRun } from "./control.ts"
import type { OnClusterFlags } from "./on-cluster.ts"

export const resumeOnCluster = Effect.fn("resumeOnCluster")(function* (options: ResumeOptions & OnClusterFlags) {
  if (options.allowDrift)
    return yield* new OptionsConflict({
      reason:
        "--allow-drift does not go with a run of a cluster, which its workers compute; start those with --allow-drift, or with the settings that the run was started with"
    })
  if (options.model !== null)
    return yield* new OptionsConflict({
      reason: "--model does not go with a run of a cluster: its workers have the model from the artifacts; leave it out"
    })
  return yield* resumeRun(options)
})

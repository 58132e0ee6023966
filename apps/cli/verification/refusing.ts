/**
 * What a run has no place for is refused wherever its stages are served: in the process that conducts it, and by workers.
 */
import { Effect } from "effect"
import type { RunPlan } from "../../../pipelines/verification/plan.ts"
import { coordinateFault } from "../../../pipelines/verification/strangers.ts"
import type { Refusing } from "../../../platform/stream/deliver.ts"

export const refusingBy =
  (plan: RunPlan): Refusing =>
  (event) =>
    Effect.succeed(coordinateFault(event, plan))

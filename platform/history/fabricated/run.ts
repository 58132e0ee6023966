/**
 * A run that never was, event by event: what tests and benchmarks of the history project.
 *
 * Everything follows from the shape asked for, so the same shape gives the same events. It holds what real runs hold now
 * and then: pauses, failures, rewards unknown, steps without a reference, old events without entropies, hostile texts. Where
 * the shape says so, a batch has several updates, and a critic learns beside the policy.
 */
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { evaluationOf, finishOf, startOf, troublesOf } from "./life.ts"
import type { Shape } from "./names.ts"
import { batchOf } from "./training.ts"

/** The steps in which batches are sampled. */
const batchStepsOf = ({ steps, updatesPerBatch = 1 }: Shape): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil(steps / updatesPerBatch) }, (_, batch) => batch * updatesPerBatch)

/** All events of the run, in an order in which they could have been written. */
export const fabricatedRun = (shape: Shape): ReadonlyArray<OnefoldEvent> => [
  startOf(shape),
  ...evaluationOf(shape.runId, 0),
  ...batchStepsOf(shape).flatMap((step) => batchOf(shape, step)),
  ...troublesOf(shape.runId),
  ...evaluationOf(shape.runId, shape.steps),
  finishOf(shape)
]

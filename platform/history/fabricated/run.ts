/**
 * A run that never was, event by event: what tests and benchmarks of the history project.
 *
 * Everything follows from the shape asked for, so the same shape gives the same events. It holds what real runs hold now
 * and then: pauses, failures, rewards unknown, steps without a reference, old events without entropies, hostile texts.
 */
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { evaluationOf, finishOf, startOf, troublesOf } from "./life.ts"
import type { Shape } from "./names.ts"
import { stepOf } from "./training.ts"

/** All events of the run, in an order in which they could have been written. */
export const fabricatedRun = (shape: Shape): ReadonlyArray<OnefoldEvent> => [
  startOf(shape),
  ...evaluationOf(shape.runId, 0),
  ...Array.from({ length: shape.steps }, (_, step) => stepOf(shape, step)).flat(),
  ...troublesOf(shape.runId),
  ...evaluationOf(shape.runId, shape.steps),
  finishOf(shape)
]

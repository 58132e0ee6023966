/**
 * The learning rate of each update.
 *
 * The reference runs its constant schedule through warm-up with 0 steps (fsdp_workers.py and torch_functional.py), and
 * there min(1, 0 / max(1, 0)) makes the first of all updates one with learning rate 0. `constant` does not; `warm-up` with 0
 * steps does.
 */

export type LearningRateSchedule =
  | { readonly kind: "constant" }
  /** Linear from 0: update k has learning rate * min(1, k / max(1, steps)). */
  | { readonly kind: "warm-up"; readonly steps: number }

/**
 * @param learningRate what the schedule arrives at
 * @param update counted from 0
 */
export const learningRateAt = (schedule: LearningRateSchedule, learningRate: number, update: number): number =>
  schedule.kind === "constant" ? learningRate : learningRate * Math.min(1, update / Math.max(1, schedule.steps))

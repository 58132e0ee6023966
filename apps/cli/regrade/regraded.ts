/**
 * What comes of judging anew, whatever the answers are from.
 */
import type { GradingMode } from "../../../learning/grading/modes.ts"
import type { RepaidStep } from "./rewards.ts"
import type { Changed, RegradeResult } from "./tally.ts"

export interface Regraded {
  /** The run's name, the file's, or "-". */
  readonly source: string
  /** Null: the grader that the run had. */
  readonly mode: GradingMode | null
  /** By name; null where what is earned was not asked. */
  readonly reward: string | null
  readonly results: ReadonlyArray<RegradeResult>
  readonly changed: ReadonlyArray<Changed>
  /** None where what is earned was not asked. */
  readonly rewards: ReadonlyArray<RepaidStep>
  /** Rollouts left out, for they have no verdict yet. */
  readonly ungraded: number
}

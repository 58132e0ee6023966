/**
 * What recorded rollouts would have earned, step by step.
 */
import { inOrder, zeroSignalShare } from "../../../pipelines/update/metrics.ts"

/** One rollout: what it earned and what it earns now, null where unknown. */
export interface Repaid {
  readonly step: number
  readonly promptId: string
  readonly sampleIndex: number
  readonly recorded: number | null
  readonly now: number | null
}

export interface RepaidStep {
  readonly step: number
  readonly rollouts: number
  /** Mean reward; what is unknown counts as 0, as in training. */
  readonly recorded: number
  readonly now: number
  /** Part of the groups whose rollouts all earned the same; null where the step's batch is not whole. */
  readonly recordedZeroSignal: number | null
  readonly nowZeroSignal: number | null
  /** Rollouts that earn something else. */
  readonly changed: number
  /** Rewards that are unknown now. */
  readonly unknown: number
}

/** How batches are made: rollouts in each, and in each of its groups. */
export interface BatchSizes {
  readonly rollouts: number
  readonly groupSize: number
}

const stepOf = (step: number, repaid: ReadonlyArray<Repaid>, { groupSize, rollouts }: BatchSizes): RepaidStep => {
  const ordered = inOrder(repaid)
  const isWhole = ordered.length === rollouts
  const told = (rewardOf: (each: Repaid) => number | null) => ({
    mean: ordered.reduce((sum, each) => sum + (rewardOf(each) ?? 0), 0) / ordered.length,
    zeroSignal: isWhole
      ? zeroSignalShare(
          ordered.map((each) => ({ reward: rewardOf(each) })),
          groupSize
        )
      : null
  })
  const [before, after] = [told(({ recorded }) => recorded), told(({ now }) => now)]
  return {
    step,
    rollouts: ordered.length,
    recorded: before.mean,
    now: after.mean,
    recordedZeroSignal: before.zeroSignal,
    nowZeroSignal: after.zeroSignal,
    changed: ordered.filter(({ now, recorded }) => now !== recorded).length,
    unknown: ordered.filter(({ now }) => now === null).length
  }
}

/** Step by step, in their order. */
export const repaidSteps = (repaid: ReadonlyArray<Repaid>, sizes: BatchSizes): ReadonlyArray<RepaidStep> =>
  [...Map.groupBy(repaid, ({ step }) => step)]
    .sort(([a], [b]) => a - b)
    .map(([step, rollouts]) => stepOf(step, rollouts, sizes))

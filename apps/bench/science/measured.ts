/**
 * The evidence as the figures that verdicts are chosen by and tables show: gains over seeds, what came after saturation,
 * families other than the example's, and the ranking by variance. Pure.
 */
import { exampleIds } from "../../../learning/datasets/miniature/problems.ts"
import { gainOf } from "../../cli/sweep/ranking.ts"
import type { ArmName } from "./arms.ts"
import type { ArmRun, Evidence } from "./evidence.ts"
import { type Correlation, correlationOf, type OverSeeds, overSeeds, pooled } from "./statistics.ts"

export interface Measured {
  /** Held-out greedy gain over the base; null where the arm was not run. */
  readonly gain: (arm: ArmName) => OverSeeds | null
  /** What the first arm's last policies have right beyond the second's, on the same problems. */
  readonly beyond: (arm: ArmName, other: ArmName) => OverSeeds | null
  /** Held-out gain on families other than the examples'. */
  readonly elsewhere: (arm: ArmName) => OverSeeds | null
  readonly afterSaturation: (arm: ArmName) => AfterSaturation
  readonly ranking: Correlation | null
  readonly swept: { readonly examples: number; readonly lifted: number } | null
}

export interface AfterSaturation {
  /** Seeds of the arm, and those of them whose training saturated before the last evaluation. */
  readonly seeds: number
  readonly saturated: number
  /** From the first held-out evaluation at saturation to the last policy. */
  readonly rise: OverSeeds | null
}

export const runsOf = (runs: ReadonlyArray<ArmRun>, name: ArmName): ReadonlyArray<ArmRun> =>
  runs.filter(({ planned }) => planned.arm.name === name)

const familyOf = (example: string): string => example.split(":")[0]

/** The families that an arm's examples come from. */
const trainedFamilies = ({ planned }: ArmRun): ReadonlySet<string> => new Set(planned.arm.examples.map(familyOf))

const elsewhereOf = (run: ArmRun) => {
  const own = trainedFamilies(run)
  const others = [...run.families].filter(([family]) => !own.has(family))
  return others.length === 0 ? [] : [pooled(others.map(([, pairs]) => pairs))]
}

const afterSaturationOf = (runs: ReadonlyArray<ArmRun>): AfterSaturation => {
  const pairs = runs.flatMap(({ afterSaturation }) => (afterSaturation === null ? [] : [afterSaturation]))
  return { seeds: runs.length, saturated: pairs.length, rise: overSeeds(pairs) }
}

export const measuredOf = ({ comparisons, runs, scored, sweep }: Evidence): Measured => ({
  gain: (arm) => overSeeds(runsOf(runs, arm).map(({ figures }) => figures)),
  beyond: (arm, other) =>
    overSeeds(comparisons.filter((each) => each.arm === arm && each.other === other).map(({ pairs }) => pairs)),
  elsewhere: (arm) => overSeeds(runsOf(runs, arm).flatMap(elsewhereOf)),
  afterSaturation: (arm) => afterSaturationOf(runsOf(runs, arm)),
  ranking: correlationOf(scored.map(({ gain, score }) => [score, gain] as const)),
  swept:
    sweep.length === 0 ? null : { examples: sweep.length, lifted: sweep.filter((run) => gainOf(run).low > 0).length }
})

/** Size of the pool, which the full set is. */
export const poolSize = (): number => exampleIds().length

/**
 * What docs/science.md draws, from the evidence. Pure; charts.ts says how.
 */
import { arms } from "./arms.ts"
import { type ArmGain, type CurvePoint, curvesChart, familiesChart, gainsChart, rankingChart } from "./charts.ts"
import type { Evidence } from "./evidence.ts"
import { measuredOf, runsOf } from "./measured.ts"
import type { drawings } from "./page.ts"
import { pooled } from "./statistics.ts"

const gainsOf = (evidence: Evidence): ReadonlyArray<ArmGain> => {
  const { gain } = measuredOf(evidence)
  return arms.flatMap(({ name, title }) => {
    const found = gain(name)
    return found === null ? [] : [{ title, gain: found.mean, low: found.low, high: found.high, bySeed: found.bySeed }]
  })
}

/** Training accuracy of each policy: that of its own rollouts, which the update after it learned from. */
export const trainingPoints = ({ runs }: Pick<Evidence, "runs">): ReadonlyArray<CurvePoint> =>
  runs.flatMap(({ planned, training }) =>
    training.map(({ solved, step }) => ({
      title: planned.arm.title,
      run: planned.runId,
      step: step - 1,
      value: solved
    }))
  )

const heldOutPoints = ({ runs }: Evidence): ReadonlyArray<CurvePoint> =>
  runs.flatMap(({ evaluations, planned }) =>
    evaluations
      .filter(({ family, protocol }) => family === "all" && protocol === "greedy")
      .map(({ accuracy, step }) => ({ title: planned.arm.title, run: planned.runId, step, value: accuracy }))
  )

const curves = (evidence: Evidence): string => {
  const titles = arms.filter(({ name }) => runsOf(evidence.runs, name).length > 0).map(({ title }) => title)
  return curvesChart(titles, trainingPoints(evidence), heldOutPoints(evidence))
}

const families = ({ runs }: Evidence) => {
  const own = runsOf(runs, "one-good-example")
  const names = [...new Set(own.flatMap((run) => [...run.families.keys()]))].sort()
  return familiesChart(
    names.map((family) => {
      const { after, before, problems } = pooled(own.flatMap((run) => run.families.get(family) ?? []))
      return { family, before: before / problems, after: after / problems }
    })
  )
}

/** Every drawing by its name. */
export const drawn = (evidence: Evidence): Readonly<Record<(typeof drawings)[number], string>> => ({
  gains: gainsChart(gainsOf(evidence)),
  curves: curves(evidence),
  families: families(evidence),
  ranking: rankingChart(evidence.scored)
})

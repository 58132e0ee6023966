/**
 * Writes the page with its drawings, and the examples of arms that have several, so that its commands can be given.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { example } from "../../../learning/datasets/miniature/problems.ts"
import { type Arm, arms, dataFileOf } from "./arms.ts"
import { type ArmGain, type CurvePoint, curvesChart, familiesChart, gainsChart, rankingChart } from "./charts.ts"
import type { Evidence } from "./evidence.ts"
import { measuredOf, runsOf } from "./measured.ts"
import { type drawings, type Findings, pageOf } from "./page.ts"
import { pooled } from "./statistics.ts"

/** A training set as --data takes it. */
export const dataLines = ({ examples }: Pick<Arm, "examples">): string =>
  examples
    .flatMap((name) => example(name) ?? [])
    .map(({ answer, id, prompt }) => `${JSON.stringify({ index: id, problem: prompt, answer })}\n`)
    .join("")

const gainsOf = (evidence: Evidence): ReadonlyArray<ArmGain> => {
  const { gain } = measuredOf(evidence)
  return arms.flatMap(({ name, title }) => {
    const found = gain(name)
    return found === null ? [] : [{ title, gain: found.mean, low: found.low, high: found.high, bySeed: found.bySeed }]
  })
}

const curves = ({ runs }: Evidence) => {
  const titles = arms.filter(({ name }) => runsOf(runs, name).length > 0).map(({ title }) => title)
  const training = runs.flatMap(({ planned, training }) =>
    // The rollouts that an update learned from are those of the policy before it.
    training.map(
      ({ solved, step }): CurvePoint => ({
        title: planned.arm.title,
        run: planned.runId,
        step: step - 1,
        value: solved
      })
    )
  )
  const heldOut = runs.flatMap(({ evaluations, planned }) =>
    evaluations
      .filter(({ family, protocol }) => family === "all" && protocol === "greedy")
      .map(
        ({ accuracy, step }): CurvePoint => ({ title: planned.arm.title, run: planned.runId, step, value: accuracy })
      )
  )
  return curvesChart(titles, training, heldOut)
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

export const writePage = Effect.fn("science.writePage")(function* (findings: Findings, folder: string) {
  const beside = join(folder, "science")
  yield* Effect.sync(() => {
    mkdirSync(beside, { recursive: true })
    writeFileSync(join(folder, "science.md"), pageOf(findings))
    for (const [name, svg] of Object.entries(drawn(findings.evidence))) writeFileSync(join(beside, `${name}.svg`), svg)
    for (const arm of arms) {
      const file = dataFileOf(arm)
      if (file !== null) writeFileSync(join(beside, file), dataLines(arm))
    }
    process.stderr.write(`wrote ${join(folder, "science.md")}\n`)
  })
})

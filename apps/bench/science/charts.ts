/**
 * The drawings of docs/science.md, by Observable Plot: SVG files that bring their own colours for light and dark, and
 * their own paper, so that they read well on any page.
 */
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import { share, signed } from "../../cli/report/figures.ts"
import { gainText } from "../../cli/sweep/progress.ts"

/** What is used of the element that Plot returns; its own type needs a browser's. */
interface Drawing {
  readonly outerHTML: string
  readonly querySelector: (selector: string) => { readonly remove: () => void } | null
  readonly setAttribute: (name: string, value: string) => void
}

const [strong, weak, other, ink] = ["var(--strong)", "var(--weak)", "var(--other)", "var(--ink)"]

/** Okabe and Ito's colours, as the report of a run has them. */
const style = `<style>
svg { --paper: #fff; --ink: #1c1e21; --strong: #0072b2; --other: #d55e00; --weak: #6b7280; color: var(--ink);
  font: 11px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --paper: #15171a; --ink: #e6e8ea; --strong: #56b4e9; --other: #e69f00; --weak: #a3a9b3; }
}
text { white-space: pre; }
</style><rect width="100%" height="100%" fill="var(--paper)"/>`

/** Draws and writes out, as a file that stands by itself. */
const drawing = (label: string, options: Plot.PlotOptions): string => {
  const { document } = parseHTML("<!doctype html><html><body></body></html>")
  const svg: Drawing = Plot.plot({ ...options, document })
  svg.querySelector("style")?.remove()
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  svg.setAttribute("role", "img")
  svg.setAttribute("aria-label", label)
  return `${svg.outerHTML.replace(">", `>${style}`)}\n`
}

/** One arm: its mean gain with its interval, and its seeds. */
export interface ArmGain {
  readonly title: string
  readonly gain: number
  readonly low: number
  readonly high: number
  readonly bySeed: ReadonlyArray<number>
}

const widthOf = (names: ReadonlyArray<string>): number => 16 + 6.2 * Math.max(6, ...names.map(({ length }) => length))

/** Every arm on a line: the mean as a disc on its interval, the seeds as rings. */
export const gainsChart = (arms: ReadonlyArray<ArmGain>): string =>
  drawing("Mean gain of every arm with its interval, and the gains of its seeds", {
    width: 760,
    height: 60 + 30 * arms.length,
    marginLeft: widthOf(arms.map(({ title }) => title)),
    marginRight: 20,
    marginBottom: 36,
    x: { grid: true, nice: true, label: "gain in held-out greedy accuracy", labelArrow: "none", labelAnchor: "center" },
    y: { type: "point", domain: arms.map(({ title }) => title), label: null, tickSize: 0 },
    marks: [
      Plot.ruleX([0], { stroke: ink, strokeOpacity: 0.5 }),
      Plot.link(arms, { x1: "low", x2: "high", y: "title", stroke: strong, strokeWidth: 3, strokeOpacity: 0.45 }),
      Plot.dot(
        arms.flatMap(({ bySeed, title }) => bySeed.map((gain) => ({ title, gain }))),
        { x: "gain", y: "title", r: 3.5, stroke: weak, strokeWidth: 1.5 }
      ),
      Plot.dot(arms, {
        x: "gain",
        y: "title",
        r: 5,
        fill: strong,
        title: (arm: ArmGain) => `${arm.title}: ${gainText(arm)}`
      })
    ]
  })

export interface CurvePoint {
  readonly title: string
  readonly run: string
  readonly step: number
  readonly value: number
}

/** Columns of small drawings. */
const columns = 2

/** Arm by arm: training accuracy as lines, held-out accuracy as lines with discs; one of each for a seed. */
export const curvesChart = (
  titles: ReadonlyArray<string>,
  training: ReadonlyArray<CurvePoint>,
  heldOut: ReadonlyArray<CurvePoint>
): string => {
  const column = ({ title }: { readonly title: string }): number => titles.indexOf(title) % columns
  const row = ({ title }: { readonly title: string }): number => Math.floor(titles.indexOf(title) / columns)
  const facets = { fx: column, fy: row }
  const rows = Math.ceil(titles.length / columns)
  return drawing("Training and held-out accuracy over steps, arm by arm", {
    width: 760,
    height: 40 + 170 * rows,
    marginLeft: 36,
    marginTop: 26,
    marginBottom: 36,
    fx: { axis: null, padding: 0.08, domain: Array.from({ length: Math.min(columns, titles.length) }, (_, i) => i) },
    fy: { axis: null, padding: 0.22, domain: Array.from({ length: rows }, (_, i) => i) },
    x: { label: "step", labelArrow: "none", labelAnchor: "center", ticks: 6 },
    y: { domain: [0, 1], grid: true, label: null, ticks: 4, tickSize: 0 },
    marks: [
      Plot.ruleY([0], { stroke: ink, strokeOpacity: 0.4 }),
      Plot.lineY(training, { x: "step", y: "value", z: "run", stroke: other, strokeWidth: 1, ...facets }),
      Plot.lineY(heldOut, { x: "step", y: "value", z: "run", stroke: strong, strokeWidth: 2, ...facets }),
      Plot.dot(heldOut, { x: "step", y: "value", r: 2.5, fill: strong, ...facets }),
      Plot.text(
        titles.map((title) => ({ title })),
        { text: "title", frameAnchor: "top-left", dy: -14, fill: ink, fontWeight: 600, ...facets }
      )
    ]
  })
}

export interface FamilyGain {
  readonly family: string
  readonly before: number
  readonly after: number
}

/** Every family on a line from 0 to 1: base as a ring, trained as a disc. */
export const familiesChart = (rows: ReadonlyArray<FamilyGain>): string =>
  drawing("Held-out greedy accuracy of every family, base and trained", {
    width: 760,
    height: 60 + 26 * rows.length,
    marginLeft: widthOf(rows.map(({ family }) => family)),
    marginRight: 20,
    marginBottom: 36,
    x: { domain: [0, 1], grid: true, label: "held-out greedy accuracy", labelArrow: "none", labelAnchor: "center" },
    y: { type: "point", domain: rows.map(({ family }) => family), label: null, tickSize: 0 },
    marks: [
      Plot.link(rows, {
        x1: "before",
        x2: "after",
        y: "family",
        stroke: strong,
        strokeWidth: 2.5,
        strokeOpacity: 0.45
      }),
      Plot.dot(rows, { x: "before", y: "family", r: 4, stroke: weak, strokeWidth: 2 }),
      Plot.dot(rows, {
        x: "after",
        y: "family",
        r: 5,
        fill: strong,
        title: ({ after, before, family }: FamilyGain) => `${family}: ${share(before)} → ${share(after)}`
      })
    ]
  })

export interface ScoredPoint {
  readonly example: string
  readonly score: number
  readonly gain: number
}

/** Every example of the sweep: its historical spread against its gain. */
export const rankingChart = (points: ReadonlyArray<ScoredPoint>): string =>
  drawing("Historical spread of the sweep's examples against their gain", {
    width: 760,
    height: 360,
    marginLeft: 46,
    marginBottom: 40,
    x: {
      grid: true,
      nice: true,
      label: "historical standard deviation in the runs on the full set",
      labelArrow: "none",
      labelAnchor: "center"
    },
    y: { grid: true, nice: true, label: "gain" },
    marks: [
      Plot.ruleY([0], { stroke: ink, strokeOpacity: 0.5 }),
      Plot.dot(points, {
        x: "score",
        y: "gain",
        r: 4,
        fill: strong,
        fillOpacity: 0.7,
        title: ({ example, gain, score }: ScoredPoint) => `${example}: ${share(score)}, ${signed(gain)}`
      }),
      Plot.text(points, { x: "score", y: "gain", text: "example", dy: -9, fontSize: 8, fill: weak })
    ]
  })

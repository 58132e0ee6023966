/**
 * The page's drawings, by Observable Plot into SVG. Colours are the stylesheet's variables, so that one drawing serves
 * light and dark.
 */
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom"
import { clipped } from "./columns.ts"
import { type FamilyComparison, families, share } from "./figures.ts"
import { visible } from "./hostile-text.ts"
import { type Markup, trusted } from "./markup.ts"
import type { CurvePoint, RunSummary, StepFigures } from "./summary.ts"

/** What is used of the element that Plot returns; its own type needs a browser's. */
interface Drawing {
  readonly outerHTML: string
  readonly querySelector: (selector: string) => { readonly remove: () => void } | null
  readonly setAttribute: (name: string, value: string) => void
}

const [trained, base, reward, ink] = ["var(--trained)", "var(--base)", "var(--reward)", "var(--ink)"]

/** Draws and writes out. Plot's own style element goes: the page's policy allows one stylesheet only. */
const drawing = (label: string, options: Plot.PlotOptions): Markup => {
  const { document } = parseHTML("<!doctype html><html><body></body></html>")
  const svg: Drawing = Plot.plot({ ...options, document })
  svg.querySelector("style")?.remove()
  svg.setAttribute("role", "img")
  svg.setAttribute("aria-label", label)
  return trusted(svg.outerHTML)
}

const lastStep = ({ curve, training }: RunSummary): number =>
  Math.max(1, ...curve.map(({ step }) => step), ...training.map(({ step }) => step))

const stepAxis = (summary: RunSummary, ticks: number): Plot.ScaleOptions => ({
  domain: [0, lastStep(summary)],
  label: null,
  ticks: Math.min(ticks, lastStep(summary)),
  tickFormat: (step: number) => (Number.isInteger(step) ? String(step) : "")
})

/** A single point makes no line and no band: it is drawn as a dot, and its interval as a bar. */
const aloneIn = <A>(points: ReadonlyArray<A>): ReadonlyArray<A> => (points.length === 1 ? points : [])

/** Held-out greedy accuracy with its interval, and the mean reward of each step. */
export const accuracyChart = (summary: RunSummary): Markup =>
  drawing("Held-out greedy accuracy and training reward over steps", {
    width: 600,
    height: 300,
    marginLeft: 34,
    marginTop: 12,
    marginBottom: 34,
    x: { ...stepAxis(summary, 7), label: "step", labelArrow: "none", labelAnchor: "center" },
    y: { domain: [0, 1], grid: true, label: null, ticks: 5, tickSize: 0 },
    marks: [
      Plot.ruleY([0], { stroke: ink, strokeOpacity: 0.4 }),
      Plot.lineY(summary.training, { x: "step", y: "rewardMean", stroke: reward, strokeWidth: 1.25 }),
      Plot.dot(aloneIn(summary.training), { x: "step", y: "rewardMean", r: 2.5, fill: reward }),
      Plot.areaY(summary.curve, { x: "step", y1: "low", y2: "high", fill: trained, fillOpacity: 0.18 }),
      Plot.lineY(summary.curve, { x: "step", y: "accuracy", stroke: trained, strokeWidth: 2.25 }),
      Plot.ruleX(aloneIn(summary.curve), {
        x: "step",
        y1: "low",
        y2: "high",
        stroke: trained,
        strokeOpacity: 0.4,
        strokeWidth: 3
      }),
      Plot.dot(summary.curve, {
        x: "step",
        y: "accuracy",
        r: 3.5,
        fill: trained,
        stroke: "var(--paper)",
        title: ({ accuracy, high, low, step }: CurvePoint) =>
          `step ${step}: ${share(accuracy)} [${share(low)}, ${share(high)}]`
      })
    ]
  })

/** Characters shown of a family's name, and about how wide each is. */
const [longestName, characterWidth] = [20, 6.5]

/** Every family on a line from 0 to 1: base as a ring, trained as a disc. Null where there are no families. */
export const familyChart = (summary: RunSummary): Markup | null => {
  const rows = families(summary).flatMap(({ family, greedy }: FamilyComparison) =>
    greedy.base === null || greedy.trained === null
      ? []
      : [{ name: clipped(visible(family), longestName), base: greedy.base.value, trained: greedy.trained.value }]
  )
  if (rows.length === 0) return null
  // Names may be alike once cut, so rows are placed by their number.
  const y = rows.map((_, index) => index)
  return drawing("Greedy accuracy of every family, base and trained", {
    width: 340,
    height: Math.max(300, 62 + rows.length * 24),
    marginLeft: 16 + characterWidth * Math.max(6, ...rows.map(({ name }) => name.length)),
    marginRight: 14,
    marginTop: 12,
    marginBottom: 34,
    x: { domain: [0, 1], grid: true, ticks: 5, label: "greedy accuracy", labelArrow: "none", labelAnchor: "center" },
    y: { type: "point", domain: y, label: null, tickSize: 0, tickFormat: (index: number) => rows[index].name },
    marks: [
      Plot.link(rows, { x1: "base", x2: "trained", y, stroke: trained, strokeWidth: 2.5, strokeOpacity: 0.45 }),
      Plot.dot(rows, { x: "base", y, r: 4, fill: "var(--paper)", stroke: base, strokeWidth: 2 }),
      Plot.dot(rows, { x: "trained", y, r: 5, fill: trained })
    ]
  })
}

/** One of the small drawings: what it shows, in which unit, and what it is drawn from. */
interface Measure {
  readonly name: string
  readonly unit: string
  readonly of: Exclude<keyof StepFigures, "step">
}

export const measures: ReadonlyArray<Measure> = [
  { name: "Entropy", unit: "nats a token", of: "entropy" },
  { name: "KL to the base", unit: "nats a token", of: "kl" },
  { name: "Response length", unit: "tokens", of: "responseLength" },
  { name: "Gradient norm", unit: "before clipping", of: "gradientNorm" }
]

/** One figure of every step, from zero. */
export const measureChart = (summary: RunSummary, { name, of, unit }: Measure): Markup =>
  drawing(`${name} over steps, ${unit}`, {
    width: 225,
    height: 130,
    marginLeft: 34,
    marginRight: 8,
    marginTop: 8,
    marginBottom: 20,
    x: stepAxis(summary, 3),
    y: { zero: true, nice: true, grid: true, label: null, ticks: 3, tickSize: 0 },
    marks: [
      Plot.ruleY([0], { stroke: ink, strokeOpacity: 0.4 }),
      Plot.lineY(summary.training, { x: "step", y: of, stroke: ink, strokeWidth: 1.25 }),
      Plot.dot(aloneIn(summary.training), { x: "step", y: of, r: 2.5, fill: ink })
    ]
  })

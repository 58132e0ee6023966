/**
 * The run's curve in a terminal: held-out greedy accuracy as marks, training reward as a line, both in 0..1 over steps.
 */
import { brailleOf, type Dot, drawn } from "./braille.ts"
import { share } from "./figures.ts"
import type { RunSummary } from "./summary.ts"
import { absent, paint, type Terminal } from "./terminal.ts"

/** Rows of the drawing: odd, so that one of them is the middle. */
const rows = 11

/** Columns before the drawing: `1.0 ┤`. */
const margin = 5

const [narrowest, widest] = [16, 72]

/** Two labels of the step axis stand at least this many columns apart. */
const tickDistance = 9

interface Point {
  readonly step: number
  readonly value: number
}

interface Drawing {
  readonly columns: number
  /** The axis ends here; at least 1. */
  readonly lastStep: number
}

/** Dots along an axis of 0..1, from its end: 0 is drawn at the bottom. */
const dotRow = (value: number): number => Math.round((1 - Math.min(1, Math.max(0, value))) * (rows * 4 - 1))

const dotColumn = ({ columns, lastStep }: Drawing, step: number): number =>
  Math.round((step / lastStep) * (columns * 2 - 1))

/** 1, 2 or 5 times a power of ten: the smallest that keeps labels apart. */
const tickStep = ({ columns, lastStep }: Drawing): number => {
  const wanted = (lastStep * tickDistance) / columns
  for (let unit = 1; ; unit *= 10) {
    const found = [1, 2, 5].find((factor) => factor * unit >= wanted)
    if (found !== undefined) return found * unit
  }
}

/** What the terminal shows for the line, for the marks, and for the two axes. */
const glyphs = (terminal: Terminal) =>
  terminal.unicode
    ? { mark: "●", line: "⠒⠒", tick: "┤", wall: "│", corner: "└", floor: "─", foot: "┬", arrow: "→" }
    : { mark: "@", line: "..", tick: "+", wall: "|", corner: "+", floor: "-", foot: "+", arrow: "->" }

/** Row by row, the reward's line. */
const lineRows = (terminal: Terminal, drawing: Drawing, reward: ReadonlyArray<Point>): ReadonlyArray<Array<string>> => {
  const dots = reward.map(({ step, value }): Dot => [dotColumn(drawing, step), dotRow(value)])
  return drawn(drawing.columns, rows, dots).map((row) =>
    row.map((cell) => {
      const glyph = terminal.unicode ? brailleOf(cell) : cell === 0 ? " " : "."
      return glyph === " " ? glyph : paint(terminal, "reward", glyph)
    })
  )
}

const axisLines = (terminal: Terminal, drawing: Drawing): ReadonlyArray<string> => {
  const { corner, floor, foot } = glyphs(terminal)
  const every = tickStep(drawing)
  const line = Array.from({ length: drawing.columns }, () => floor)
  let labels = " ".repeat(margin)
  for (let step = 0; step <= drawing.lastStep; step += every) {
    const column = dotColumn(drawing, step) >> 1
    line[column] = foot
    const text = String(step)
    labels = labels.padEnd(margin + column - (text.length >> 1)) + text
  }
  return [
    paint(terminal, "quiet", " ".repeat(margin - 1) + corner + line.join("")),
    paint(terminal, "quiet", `${labels}  step`)
  ]
}

/** `● held-out greedy 0.240 → 0.910` */
const legendEntry = (terminal: Terminal, name: string, points: ReadonlyArray<Point>): string => {
  if (points.length === 0) return `${name} ${absent(terminal)}`
  const [first, last] = [share(points[0].value), share(points[points.length - 1].value)]
  return points.length === 1 ? `${name} ${first}` : `${name} ${first} ${glyphs(terminal).arrow} ${last}`
}

/** Both on one line, or on two where the terminal is narrow. */
const legend = (terminal: Terminal, heldOut: ReadonlyArray<Point>, reward: ReadonlyArray<Point>): string => {
  const { line, mark } = glyphs(terminal)
  const entries = [
    { glyph: mark, role: "trained", text: legendEntry(terminal, "held-out greedy", heldOut) },
    { glyph: line, role: "reward", text: legendEntry(terminal, "training reward", reward) }
  ] as const
  const columns = entries.reduce((total, { glyph, text }) => total + glyph.length + text.length + 4, 0)
  return entries
    .map(({ glyph, role, text }) => `${paint(terminal, role, glyph)} ${text}`)
    .join(columns > terminal.width ? "\n" : "   ")
}

/** Lines without a newline at the end; any number of points, none included. */
export const curveDrawing = ({ curve, training }: RunSummary, terminal: Terminal): string => {
  const heldOut = curve.map(({ accuracy, step }): Point => ({ step, value: accuracy }))
  const reward = training.map(({ rewardMean, step }): Point => ({ step, value: rewardMean }))
  const drawing: Drawing = {
    columns: Math.min(widest, Math.max(narrowest, terminal.width - margin - 6)),
    lastStep: Math.max(1, ...[...heldOut, ...reward].map(({ step }) => step))
  }
  const { mark, tick, wall } = glyphs(terminal)
  const cells = lineRows(terminal, drawing, reward)
  for (const { step, value } of heldOut) {
    cells[dotRow(value) >> 2][dotColumn(drawing, step) >> 1] = paint(terminal, "trained", mark)
  }
  const labels = new Map([1, 0.5, 0].map((value) => [dotRow(value) >> 2, value.toFixed(1)]))
  const body = cells.map((row, index) => {
    const label = labels.get(index)
    const axis = paint(terminal, "quiet", `${label ?? "   "} ${label === undefined ? wall : tick}`)
    return `${axis}${row.join("")}`.trimEnd()
  })
  return [legend(terminal, heldOut, reward), ...body, ...axisLines(terminal, drawing)].join("\n")
}

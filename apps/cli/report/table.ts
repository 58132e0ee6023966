/**
 * The table at the end of a run, for a terminal: base against trained, over all problems and family by family.
 */
import { clipped, padEnd } from "./columns.ts"
import {
  type Comparison,
  change,
  type FamilyComparison,
  type Figure,
  families,
  headline,
  heldOutProblems,
  samplesPerProblem,
  share,
  signed,
  trainedOn
} from "./figures.ts"
import { type Alignment, aligned, type Cell, cell, drawnCell, type Mark, widthOf } from "./grid.ts"
import { printableLine } from "./hostile-text.ts"
import type { RunSummary } from "./summary.ts"
import { absent, paint, rule, type Terminal } from "./terminal.ts"

/** Below this many columns the intervals are left out. */
const columnsForIntervals = 72

/** Narrower drawings of base and trained on one line say nothing. */
const [narrowestSpan, widestSpan] = [11, 41]

const labelWidth = 16

const figureCell = (terminal: Terminal, figure: Figure | null, role: "base" | "trained"): Cell =>
  figure === null ? cell(terminal, absent(terminal), "quiet") : cell(terminal, share(figure.value), role)

const intervalCell = (terminal: Terminal, figure: Figure | null): Cell =>
  figure?.interval == null
    ? cell(terminal, "")
    : cell(terminal, `[${share(figure.interval[0])}, ${share(figure.interval[1])}]`, "quiet")

const changeCell = (terminal: Terminal, comparison: Comparison): Cell => {
  const difference = change(comparison)
  return difference === null ? cell(terminal, absent(terminal), "quiet") : cell(terminal, signed(difference))
}

const headlineLines = (summary: RunSummary, terminal: Terminal): ReadonlyArray<Cell> => {
  const withIntervals = terminal.width >= columnsForIntervals
  const interval = (figure: Figure | null): ReadonlyArray<Cell> =>
    withIntervals ? [intervalCell(terminal, figure)] : []
  const rows = headline(summary).map((comparison) => [
    cell(terminal, comparison.label.padEnd(labelWidth)),
    figureCell(terminal, comparison.base, "base"),
    ...interval(comparison.base),
    figureCell(terminal, comparison.trained, "trained"),
    ...interval(comparison.trained),
    changeCell(terminal, comparison)
  ])
  const heading = (text: string): Cell => cell(terminal, text, "quiet")
  const blank = interval(null)
  const header = [heading(""), heading("base"), ...blank, heading("trained"), ...blank, heading("change")]
  const column: ReadonlyArray<Alignment> = withIntervals ? ["right", "left"] : ["right"]
  return aligned([header, ...rows], ["left", ...column, ...column, "right"])
}

/** 0 to 1 on a line: base as a ring, trained as a disc, and the way between them. */
const span = (terminal: Terminal, { base, trained }: Comparison, columns: number): Cell => {
  const [ground, way, ring, disc] = terminal.unicode ? ["·", "━", "○", "●"] : [".", "=", "o", "@"]
  const place = (figure: Figure | null): number => (figure === null ? -1 : Math.round(figure.value * (columns - 1)))
  const [from, to] = [place(base), place(trained)]
  const markAt = (at: number): Mark => {
    if (at === to) return { glyph: disc, role: "trained" }
    if (at === from) return { glyph: ring, role: "base" }
    const isBetween = from >= 0 && to >= 0 && at > Math.min(from, to) && at < Math.max(from, to)
    return isBetween ? { glyph: way, role: "trained" } : { glyph: ground, role: "quiet" }
  }
  return drawnCell(
    terminal,
    Array.from({ length: columns }, (_, at) => markAt(at))
  )
}

const familyLines = (summary: RunSummary, terminal: Terminal): ReadonlyArray<Cell> => {
  const found = families(summary)
  if (found.length === 0) return []
  const row = ({ family, greedy, problems, sampled }: FamilyComparison): ReadonlyArray<Cell> => [
    cell(terminal, padEnd(clipped(printableLine(family), labelWidth), labelWidth)),
    cell(terminal, String(problems), "quiet"),
    figureCell(terminal, greedy.base, "base"),
    figureCell(terminal, greedy.trained, "trained"),
    figureCell(terminal, sampled.base, "base"),
    figureCell(terminal, sampled.trained, "trained")
  ]
  const heading = (...texts: ReadonlyArray<string>) => texts.map((text) => cell(terminal, text, "quiet"))
  const rows = [
    heading("", "", "greedy", "", `avg@${samplesPerProblem(summary)}`, ""),
    heading("family", "n", "base", "trained", "base", "trained"),
    ...found.map(row)
  ]
  const alignments: ReadonlyArray<Alignment> = ["left", "right", "right", "right", "right", "right"]
  const narrow = aligned(rows, alignments)
  const room = Math.min(widestSpan, terminal.width - widthOf(narrow) - 2)
  if (room < narrowestSpan) return narrow
  const spans = [
    cell(terminal, ""),
    cell(terminal, `0${"greedy".padStart(Math.floor((room + 4) / 2)).padEnd(room - 2)}1`, "quiet"),
    ...found.map(({ greedy }) => span(terminal, greedy, room))
  ]
  return aligned(
    rows.map((cells, index) => [...cells, spans[index]]),
    [...alignments, "left"]
  )
}

/** Never cut, so that the hash can be copied whole. */
const weightsLine = ({ weightsSha256 }: RunSummary, terminal: Terminal): string => {
  const line = `weights sha256 ${printableLine(weightsSha256)}`
  return line.length > terminal.width ? line.replace("sha256 ", "sha256\n") : line
}

/** Lines without a newline at the end. Ends with the hash that says which weights were measured. */
export const resultTable = (summary: RunSummary, terminal: Terminal): string => {
  const overview = headlineLines(summary, terminal)
  const byFamily = familyLines(summary, terminal)
  const line = rule(terminal, Math.max(widthOf(overview), widthOf(byFamily)))
  const title = `${printableLine(summary.runId)}: base against trained, ${summary.steps} steps`
  const note = `trained on ${printableLine(trainedOn(summary))}; ${heldOutProblems(summary)} held-out problems; 95 % intervals`
  return [
    paint(terminal, "title", clipped(title, terminal.width)),
    paint(terminal, "quiet", clipped(note, terminal.width)),
    line,
    ...overview.map(({ shown }) => shown),
    line,
    ...byFamily.map(({ shown }) => shown),
    ...(byFamily.length === 0 ? [] : [line]),
    paint(terminal, "quiet", weightsLine(summary, terminal))
  ].join("\n")
}

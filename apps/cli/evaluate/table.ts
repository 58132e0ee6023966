/**
 * The table at the end of an evaluation, for a terminal: a row for each set, its groups below it where asked, the average
 * last.
 */
import type { EvaluationResult } from "../../../schemas/evaluation-completed.ts"
import { clipped } from "../report/columns.ts"
import { overall, share } from "../report/figures.ts"
import { type Alignment, aligned, type Cell, cell, widthOf } from "../report/grid.ts"
import { printableLine } from "../report/hostile-text.ts"
import { absent, paint, rule, type Terminal } from "../report/terminal.ts"
import { type EvaluationSummary, modelTitle, type TestSummary } from "./summary.ts"

/** A column of figures: what it is called, and what stands in it for a row. */
interface Column {
  readonly heading: string
  /** Null where the row has no such figure. */
  readonly text: (result: EvaluationResult) => string | null
  readonly role?: "trained" | "quiet"
  readonly align?: Alignment
  /** Told only where some row has one that is not zero. */
  readonly whenAny?: boolean
}

const figureOf = ({ figures }: EvaluationResult, metric: string): number | null =>
  figures.find((figure) => figure.metric === metric)?.value ?? null

const shareOf = (metric: (result: EvaluationResult) => string) => (result: EvaluationResult) => {
  const value = figureOf(result, metric(result))
  return value === null ? null : share(value)
}

const columns: ReadonlyArray<Column> = [
  { heading: "n", text: ({ problems }) => String(problems), role: "quiet" },
  { heading: "k", text: ({ samplesPerProblem }) => String(samplesPerProblem), role: "quiet" },
  { heading: "accuracy", text: ({ accuracy }) => share(accuracy), role: "trained" },
  { heading: "95 %", text: ({ high, low }) => `[${share(low)}, ${share(high)}]`, role: "quiet", align: "left" },
  { heading: "pass@k", text: shareOf(({ samplesPerProblem: k }) => `pass@${k}`), whenAny: true },
  { heading: "maj@k", text: shareOf(({ samplesPerProblem: k }) => `maj@${k}`), whenAny: true },
  { heading: "boxed", text: shareOf(() => "boxed") },
  { heading: "truncated", text: shareOf(() => "truncated") },
  { heading: "length", text: ({ responseLength }) => responseLength.toFixed(1) },
  { heading: "reflection", text: shareOf(() => "reflection") },
  { heading: "gave up", text: shareOf(() => "gaveUp"), whenAny: true },
  { heading: "would run code", text: shareOf(() => "wouldExecute"), whenAny: true }
]

/** Below this many columns the intervals are left out. */
const columnsForIntervals = 72

const isSaid = (column: Column, results: ReadonlyArray<EvaluationResult>, terminal: Terminal): boolean => {
  if (column.align === "left") return terminal.width >= columnsForIntervals
  return column.whenAny !== true || results.some((result) => Number(column.text(result) ?? 0) > 0)
}

const rowOf = (
  terminal: Terminal,
  name: string,
  result: EvaluationResult | null,
  said: ReadonlyArray<Column>
): ReadonlyArray<Cell> => [
  cell(terminal, printableLine(name)),
  ...said.map(({ role, text }) => {
    const found = result === null ? null : text(result)
    return found === null ? cell(terminal, absent(terminal), "quiet") : cell(terminal, found, role)
  })
]

const rowsOf = (
  terminal: Terminal,
  { results, test }: TestSummary,
  said: ReadonlyArray<Column>,
  withGroups: boolean
): ReadonlyArray<ReadonlyArray<Cell>> => {
  const groups = results.filter(({ group }) => group !== "all")
  return [
    rowOf(terminal, test.set, overall(results), said),
    ...(withGroups && groups.length > 1
      ? groups.map((result) => rowOf(terminal, `  ${result.group}`, result, said))
      : [])
  ]
}

const averageRow = (
  terminal: Terminal,
  { average }: EvaluationSummary,
  said: ReadonlyArray<Column>
): ReadonlyArray<ReadonlyArray<Cell>> => {
  if (average === null) return []
  const texts: Readonly<Record<string, string>> = {
    accuracy: share(average.value),
    "95 %": `[${share(average.low)}, ${share(average.high)}]`
  }
  return [[cell(terminal, "average"), ...said.map(({ heading, role }) => cell(terminal, texts[heading] ?? "", role))]]
}

/** Lines without a newline at the end. Ends with the hash that says which policy was measured. */
export const evaluationTable = (summary: EvaluationSummary, terminal: Terminal, withGroups = false): string => {
  const { policyHash, runId, tests } = summary
  const all = tests.flatMap(({ results }) => results)
  const said = columns.filter((column) => isSaid(column, all, terminal))
  const heading = ["set", ...said.map((column) => column.heading)].map((text) => cell(terminal, text, "quiet"))
  const rows = tests.flatMap((test) => rowsOf(terminal, test, said, withGroups))
  const lines = aligned(
    [heading, ...rows, ...averageRow(terminal, summary, said)],
    ["left", ...said.map(({ align = "right" }) => align)]
  )
  const line = rule(terminal, widthOf(lines))
  const protocols = [...new Set(tests.map(({ test }) => test.protocol))].join(", ")
  const title = `${printableLine(runId)}: ${printableLine(modelTitle(summary.model))} by ${printableLine(protocols)}`
  const hash = `policy sha256 ${policyHash}`
  return [
    paint(terminal, "title", clipped(title, terminal.width)),
    line,
    ...lines.map(({ shown }) => shown),
    line,
    paint(terminal, "quiet", hash.length > terminal.width ? hash.replace("sha256 ", "sha256\n") : hash)
  ].join("\n")
}

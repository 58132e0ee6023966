/**
 * Bars, and dots with their intervals, in a terminal: a row for each thing and series.
 */
import { clipped, columnsOf, padEnd } from "../report/columns.ts"
import { paint, type Terminal } from "../report/terminal.ts"
import { inkOf } from "./inks.ts"
import { type Drawing, figure, type Mark, type Panel, spanOf } from "./picture.ts"

const [widestName, widestBar, narrowestBar] = [32, 48, 10]

interface Row {
  readonly name: string
  readonly value: number
  readonly mark: Mark
}

const rowsIn = ({ marks }: Panel): ReadonlyArray<Row> =>
  marks.flatMap((mark) => (typeof mark.x === "number" ? [{ name: String(mark.y), value: mark.x, mark }] : []))

/** Where the axis begins and ends: bars begin at 0, dots of shares go from 0 to 1. */
const rangeOf = (kind: Drawing["kind"], rows: ReadonlyArray<Row>): readonly [number, number] => {
  const ends = rows.flatMap(({ mark: { high, low }, value }) => [value, low ?? value, high ?? value])
  if (kind === "dot" && ends.every((end) => end >= 0 && end <= 1)) return [0, 1]
  return spanOf([0, ...ends])
}

/** One row's drawing, as wide as the axis. */
const strip = (terminal: Terminal, drawing: Drawing, row: Row, range: readonly [number, number], width: number) => {
  const at = (value: number): number => Math.round(((value - range[0]) / (range[1] - range[0])) * (width - 1))
  const { glyph, role } = inkOf(terminal, drawing.series.indexOf(row.mark.series))
  const cells = Array.from({ length: width }, () => " ")
  const isDot = drawing.kind === "dot"
  const [from, to] = isDot ? [row.mark.low ?? row.value, row.mark.high ?? row.value] : [0, row.value]
  const [first, last] = [at(Math.min(from, to)), at(Math.max(from, to))]
  const body = isDot ? (terminal.unicode ? "─" : "-") : terminal.unicode ? "█" : "#"
  if (isDot || row.value !== 0) for (let i = first; i <= last; i++) cells[i] = body
  if (isDot) cells[at(row.value)] = glyph
  return paint(terminal, role, cells.join(""))
}

const panelLines = (terminal: Terminal, drawing: Drawing, panel: Panel): ReadonlyArray<string> => {
  const rows = rowsIn(panel)
  const range = rangeOf(drawing.kind, rows)
  const names = rows.map(({ name }) => clipped(name, widestName))
  const room = Math.max(0, ...names.map(columnsOf))
  const width = Math.max(narrowestBar, Math.min(widestBar, terminal.width - room - 16))
  const lines = rows.map((row, i) => {
    const name = i > 0 && names[i - 1] === names[i] ? "" : names[i]
    return `${padEnd(name, room)}  ${strip(terminal, drawing, row, range, width)}  ${figure(row.value)}`
  })
  const label = panel.title === "" ? drawing.labels.x : panel.title
  const [left, right] = range.map(figure)
  const axis = `${" ".repeat(room + 2)}${left}${right.padStart(Math.max(0, width - left.length))}`
  return [paint(terminal, "title", label), ...lines, paint(terminal, "quiet", axis)]
}

export const barDrawing = (terminal: Terminal, drawing: Drawing): ReadonlyArray<string> =>
  drawing.panels.flatMap((panel, index) => [...(index === 0 ? [] : [""]), ...panelLines(terminal, drawing, panel)])

/**
 * Lines over numbers in a terminal: one plane for each panel, in braille, or in one glyph for each series where the
 * terminal has no colours to tell them apart.
 */
import { brailleOf, type Dot, drawn } from "../report/braille.ts"
import { paint, type Terminal } from "../report/terminal.ts"
import { inkOf } from "./inks.ts"
import { type Drawing, figure, type Mark, type Panel, spanOf } from "./picture.ts"

/** Columns for the labels of the vertical axis. */
const margin = 10
const [narrowest, widest] = [20, 90]

/** Rows of a panel: fewer where there are many panels. */
const rowsFor = (panels: number): number => (panels > 1 ? 7 : 13)

interface Plane {
  readonly columns: number
  readonly rows: number
  readonly xs: readonly [number, number]
  readonly ys: readonly [number, number]
}

const places = (marks: ReadonlyArray<Mark>) =>
  marks.flatMap(({ series, x, y }) => (typeof x === "number" && typeof y === "number" ? [{ series, x, y }] : []))

const dotOf = ({ columns, rows, xs, ys }: Plane, x: number, y: number): Dot => [
  Math.round(((x - xs[0]) / (xs[1] - xs[0])) * (columns * 2 - 1)),
  Math.round((1 - (y - ys[0]) / (ys[1] - ys[0])) * (rows * 4 - 1))
]

/** Cells of a plane with every series drawn, the first one on top. */
const cellsOf = (terminal: Terminal, { series }: Drawing, plane: Plane, { marks }: Panel) => {
  const cells = Array.from({ length: plane.rows }, () => Array.from({ length: plane.columns }, () => " "))
  const byBraille = terminal.unicode && (terminal.color || series.length < 2)
  const points = places(marks)
  for (const name of series.toReversed()) {
    const own = points.filter((point) => point.series === name).sort((a, b) => a.x - b.x)
    const { glyph, role } = inkOf(terminal, series.indexOf(name))
    const dots = own.map(({ x, y }) => dotOf(plane, x, y))
    for (const [row, line] of drawn(plane.columns, plane.rows, dots).entries())
      for (const [column, cell] of line.entries())
        if (cell !== 0) cells[row][column] = paint(terminal, role, byBraille ? brailleOf(cell) : glyph)
  }
  return cells
}

const panelLines = (terminal: Terminal, drawing: Drawing, panel: Panel): ReadonlyArray<string> => {
  const points = places(panel.marks)
  const plane: Plane = {
    columns: Math.min(widest, Math.max(narrowest, terminal.width - margin - 2)),
    rows: rowsFor(drawing.panels.length),
    xs: spanOf(points.map(({ x }) => x)),
    ys: spanOf(points.map(({ y }) => y))
  }
  const [wall, corner, floor] = terminal.unicode ? ["│", "└", "─"] : ["|", "+", "-"]
  const labels = new Map([
    [0, plane.ys[1]],
    [(plane.rows - 1) / 2, (plane.ys[0] + plane.ys[1]) / 2],
    [plane.rows - 1, plane.ys[0]]
  ])
  const body = cellsOf(terminal, drawing, plane, panel).map((row, index) => {
    const label = labels.get(index)
    const axis = (label === undefined ? "" : figure(label)).padStart(margin - 1)
    return `${paint(terminal, "quiet", `${axis} ${wall}`)}${row.join("")}`.trimEnd()
  })
  const [left, right] = plane.xs.map(figure)
  const ends = left + right.padStart(plane.columns - left.length)
  const title = panel.title === "" ? drawing.labels.y : panel.title
  return [
    paint(terminal, "title", title),
    ...body,
    paint(terminal, "quiet", `${" ".repeat(margin)}${corner}${floor.repeat(plane.columns)}`),
    paint(terminal, "quiet", `${" ".repeat(margin + 1)}${ends}  ${drawing.labels.x}`)
  ]
}

export const lineDrawing = (terminal: Terminal, drawing: Drawing): ReadonlyArray<string> =>
  drawing.panels.flatMap((panel, index) => [...(index === 0 ? [] : [""]), ...panelLines(terminal, drawing, panel)])

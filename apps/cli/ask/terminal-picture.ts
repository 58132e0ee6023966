/**
 * A picture for a terminal. What a model wrote is made fit to be shown before it is measured or drawn.
 */
import { clipped, columnsOf } from "../report/columns.ts"
import { aligned, cell } from "../report/grid.ts"
import { printableLine } from "../report/hostile-text.ts"
import { paint, type Terminal } from "../report/terminal.ts"
import { legendLines } from "./inks.ts"
import { cellText, type Drawing, isEmpty, type Table, withTexts } from "./picture.ts"
import { barDrawing } from "./terminal-bars.ts"
import { cellDrawing } from "./terminal-cells.ts"
import { lineDrawing } from "./terminal-lines.ts"

/** Rows as they are, the last column as wide as there is room. */
const tableDrawing = (terminal: Terminal, { columns, rows }: Table): ReadonlyArray<string> => {
  const texts = rows.map((row) => columns.map(({ name }) => printableLine(cellText(row[name]))))
  const widths = columns
    .slice(0, -1)
    .map(({ label }, i) => Math.max(label.length, ...texts.map((row) => columnsOf(row[i]))))
  const room = Math.max(20, terminal.width - widths.reduce((sum, width) => sum + width + 2, 0))
  const shown = texts.map((row) => [...row.slice(0, -1), clipped(row[row.length - 1], room)])
  const isNumber = columns.map(({ name }) => rows.every((row) => typeof row[name] === "number"))
  return aligned(
    [
      columns.map(({ label }) => cell(terminal, label, "quiet")),
      ...shown.map((row) => row.map((text) => cell(terminal, text)))
    ],
    isNumber.map((right) => (right ? "right" : "left"))
  ).map((line) => line.shown)
}

const drawingLines = (terminal: Terminal, drawing: Drawing): ReadonlyArray<string> => {
  switch (drawing.kind) {
    case "line":
      return lineDrawing(terminal, drawing)
    case "heatmap":
      return cellDrawing(terminal, drawing)
    case "bar":
    case "dot":
      return barDrawing(terminal, drawing)
  }
}

/** Lines without a newline at the end. */
export const terminalPicture = (terminal: Terminal, picture: Drawing | Table): string => {
  const head = [paint(terminal, "title", picture.title), paint(terminal, "quiet", printableLine(picture.subtitle)), ""]
  if (isEmpty(picture)) return [...head, "no rows: nothing of this kind is recorded"].join("\n")
  if (picture.kind === "table") return [...head, ...tableDrawing(terminal, picture)].join("\n")
  const drawing = withTexts(picture, printableLine)
  const legend = legendLines(terminal, drawing.series)
  return [...head, ...legend, ...(legend.length === 0 ? [] : [""]), ...drawingLines(terminal, drawing)].join("\n")
}

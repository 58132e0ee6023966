/**
 * A picture as an SVG file. What a model wrote stands in it as text only.
 */
import { columnsOf, folded } from "../report/columns.ts"
import { visible } from "../report/hostile-text.ts"
import { cellText, type Drawing, isEmpty, type Table, withTexts } from "./picture.ts"
import { characterWidth, ink, type Piece, quiet, sheet, sheetWidth, textAt } from "./svg-paper.ts"
import { pieces } from "./svg-plot.ts"

/** On one line, with nothing that acts unseen. */
const safe = (text: string): string => visible(text).trim().replaceAll("\n", "⏎")

/** Lines of the last cell, and rows, that a table shows; the rest is counted. */
const [mostLines, mostRows] = [5, 60]
const lineHeight = 15

/** A table, its last column folded. */
const tablePiece = ({ columns, rows }: Table): Piece => {
  const width = sheetWidth - 32
  const texts = rows.slice(0, mostRows).map((row) => columns.map(({ name }) => safe(cellText(row[name]))))
  const widths = columns
    .slice(0, -1)
    .map(({ label }, i) => 14 + characterWidth * Math.max(label.length, ...texts.map((row) => columnsOf(row[i]))))
  const lefts = columns.map((_, i) => widths.slice(0, i).reduce((sum, each) => sum + each, 0))
  const room = Math.max(20, Math.floor((width - lefts[lefts.length - 1]) / (characterWidth * 1.1)))
  let y = 12
  let markup = columns.map(({ label }, i) => textAt(lefts[i], y, label, { size: 11, color: quiet })).join("")
  for (const row of texts) {
    y += 8
    markup += `<line x1="0" x2="${width}" y1="${y}" y2="${y}" stroke="#dfe2e6"/>`
    const lines = folded(row[row.length - 1], room)
    const shown =
      lines.length > mostLines
        ? [...lines.slice(0, mostLines - 1), `… ${lines.length - mostLines + 1} more lines`]
        : lines
    markup += row
      .slice(0, -1)
      .map((text, i) => textAt(lefts[i], y + lineHeight, text, { size: 11, color: ink }))
      .join("")
    markup += shown
      .map((line, i) => textAt(lefts[lefts.length - 1], y + lineHeight * (i + 1), line, { size: 11, color: ink }))
      .join("")
    y += lineHeight * shown.length
  }
  if (rows.length > mostRows) {
    y += 20
    markup += textAt(0, y, `… ${rows.length - mostRows} more rows`, { size: 11, color: quiet })
  }
  return { markup, width, height: y + 8 }
}

const nothing: Piece = {
  markup: textAt(0, 14, "no rows: nothing of this kind is recorded", { size: 12, color: quiet }),
  width: sheetWidth - 32,
  height: 30
}

/** A file that stands by itself. */
export const svgPicture = (picture: Drawing | Table): string => {
  const head = { title: picture.title, subtitle: safe(picture.subtitle), series: [] }
  if (isEmpty(picture)) return sheet(head, [nothing])
  if (picture.kind === "table") return sheet(head, [tablePiece(picture)])
  const drawing = withTexts(picture, safe)
  return sheet({ ...head, series: drawing.series }, pieces(drawing))
}

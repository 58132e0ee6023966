/**
 * The sheet that pictures are drawn on: title, legend, panels in their places. Colours are written out, on white paper, so
 * that every viewer shows the same; they are Okabe and Ito's, told apart by readers with any colour vision.
 */
import { clipped } from "../report/columns.ts"
import { escaped } from "../report/markup.ts"

export const ink = "#1c1e21"
export const quiet = "#5c6370"
export const seriesColors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#6b7280"]

export const sheetWidth = 760
const edge = 16
/** About how wide a character is at 11 pixels. */
export const characterWidth = 6.3

/** Part of a sheet: what is drawn, from its own top left corner. */
export interface Piece {
  readonly markup: string
  readonly width: number
  readonly height: number
}

interface TextStyle {
  readonly size: number
  readonly color: string
  readonly bold?: boolean
}

/** One line of text. */
export const textAt = (x: number, y: number, text: string, { bold = false, color, size }: TextStyle): string =>
  `<text x="${x}" y="${y}" font-size="${size}" fill="${color}"${bold ? ' font-weight="600"' : ""} xml:space="preserve">${escaped(text)}</text>`

/** Square and name of every series, in lines; empty where there is only one. */
const legend = (series: ReadonlyArray<string>): Piece => {
  if (series.length < 2) return { markup: "", width: 0, height: 0 }
  let [x, y, markup] = [0, 12, ""]
  for (const [place, name] of series.entries()) {
    const label = clipped(name, 40)
    const width = 30 + label.length * characterWidth
    if (x > 0 && x + width > sheetWidth - 2 * edge) [x, y] = [0, y + 18]
    const color = seriesColors[place % seriesColors.length]
    markup += `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${color}"/>${textAt(x + 15, y, label, { size: 11, color: ink })}`
    x += width
  }
  return { markup, width: sheetWidth - 2 * edge, height: y + 8 }
}

const placed = (piece: Piece, x: number, y: number): string => `<g transform="translate(${x},${y})">${piece.markup}</g>`

/** Pieces side by side as long as they fit, then in further rows. */
const arranged = (pieces: ReadonlyArray<Piece>, top: number): { readonly markup: string; readonly bottom: number } => {
  let [x, y, height, markup] = [edge, top, 0, ""]
  for (const piece of pieces) {
    if (x > edge && x + piece.width > sheetWidth - edge + 1) [x, y, height] = [edge, y + height + 14, 0]
    markup += placed(piece, x, y)
    x += piece.width + 8
    height = Math.max(height, piece.height)
  }
  return { markup, bottom: y + height }
}

/** A whole file. */
export const sheet = (
  head: { readonly title: string; readonly subtitle: string; readonly series: ReadonlyArray<string> },
  pieces: ReadonlyArray<Piece>
): string => {
  const key = legend(head.series)
  const body = arranged(pieces, 62 + key.height)
  const height = body.bottom + edge
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${sheetWidth}" height="${height}" viewBox="0 0 ${sheetWidth} ${height}" role="img" aria-label="${escaped(head.title)}" font-family="system-ui, Helvetica, Arial, sans-serif" color="${ink}">`,
    `<rect width="${sheetWidth}" height="${height}" fill="#fff"/>`,
    textAt(edge, 27, head.title, { size: 15, color: ink, bold: true }),
    textAt(edge, 45, clipped(head.subtitle, 110), { size: 11, color: quiet }),
    placed(key, edge, 56),
    body.markup,
    "</svg>\n"
  ].join("\n")
}

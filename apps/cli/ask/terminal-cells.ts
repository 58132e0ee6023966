/**
 * A heatmap in a terminal: darker and lighter cells, a row for each value of y.
 */
import { clipped, columnsOf } from "../report/columns.ts"
import { paint, type Terminal } from "../report/terminal.ts"
import { type Drawing, figure, placesOf, spanOf } from "./picture.ts"

const shadesOf = ({ unicode }: Terminal): string => (unicode ? "·░▒▓█" : ".:+*#@")

const widestName = 16

const nameOf = (place: number | string): string => (typeof place === "number" ? figure(place) : place)

export const cellDrawing = (terminal: Terminal, drawing: Drawing): ReadonlyArray<string> => {
  const marks = drawing.panels.flatMap((panel) => panel.marks)
  const [xs, ys] = [placesOf(marks.map(({ x }) => x)), placesOf(marks.map(({ y }) => y))]
  const span = spanOf(marks.map(({ fill }) => fill))
  const shades = [...shadesOf(terminal)]
  const byPlace = new Map(marks.map((mark) => [JSON.stringify([mark.x, mark.y]), mark.fill]))
  const names = ys.map((y) => clipped(nameOf(y), widestName))
  const room = Math.max(...names.map(columnsOf))
  const fits = Math.floor((terminal.width - room - 2) / Math.max(1, xs.length))
  const wide = Math.max(1, Math.min(4, fits))
  const lines = ys.map((y, row) => {
    const cells = xs.map((x) => {
      const fill = byPlace.get(JSON.stringify([x, y]))
      if (fill === undefined) return " ".repeat(wide)
      const share = (fill - span[0]) / (span[1] - span[0])
      return shades[Math.min(shades.length - 1, Math.floor(share * shades.length))].repeat(wide)
    })
    return `${" ".repeat(room - columnsOf(names[row]))}${paint(terminal, "quiet", names[row])} ${paint(terminal, "trained", cells.join(""))}`.trimEnd()
  })
  const [left, right] = [nameOf(xs[0]), nameOf(xs[xs.length - 1])]
  const ends = `${left}${right.padStart(Math.max(right.length + 1, xs.length * wide - left.length))}`
  const key = `${shades[0]} ${figure(span[0])}   ${shades[shades.length - 1]} ${figure(span[1])}   ${drawing.labels.fill}`
  return [
    paint(terminal, "title", drawing.labels.y),
    ...lines,
    paint(terminal, "quiet", `${" ".repeat(room + 1)}${ends}  ${drawing.labels.x}`),
    key
  ]
}

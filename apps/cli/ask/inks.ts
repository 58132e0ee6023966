/**
 * How several series are told apart in a terminal: by colour where there is one, else by glyph.
 */
import { paint, type Role, type Terminal } from "../report/terminal.ts"

interface Ink {
  readonly role: Role
  readonly glyph: string
}

const inks: readonly [Ink, ...ReadonlyArray<Ink>] = [
  { role: "trained", glyph: "●" },
  { role: "reward", glyph: "○" },
  { role: "base", glyph: "▲" },
  { role: "title", glyph: "■" },
  { role: "quiet", glyph: "□" }
]

const plainGlyphs = ["*", "o", "+", "x", "#"]

/** The series' mark: its own as long as there are, then from the beginning again. */
export const inkOf = (terminal: Terminal, series: number): Ink => {
  const place = Math.max(0, series) % inks.length
  return terminal.unicode ? inks[place] : { role: inks[place].role, glyph: plainGlyphs[place] }
}

/** Glyph and name of every series, as many a line as fit; nothing where there is only one. */
export const legendLines = (terminal: Terminal, series: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (series.length < 2) return []
  const lines: Array<{ readonly columns: number; readonly text: string }> = []
  for (const [place, name] of series.entries()) {
    const { glyph, role } = inkOf(terminal, place)
    const entry = `${paint(terminal, role, glyph)} ${name}`
    const columns = name.length + 5
    const last = lines.at(-1)
    if (last !== undefined && last.columns + columns <= terminal.width)
      lines[lines.length - 1] = { columns: last.columns + columns, text: `${last.text}   ${entry}` }
    else lines.push({ columns, text: entry })
  }
  return lines.map(({ text }) => text)
}

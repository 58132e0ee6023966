/**
 * Rows of cells, aligned in columns for a terminal.
 */
import { columnsOf } from "./columns.ts"
import { paint, type Role, type Terminal } from "./terminal.ts"

/** A text as it is measured and as it is printed; they differ by escape sequences only. */
export interface Cell {
  readonly plain: string
  readonly shown: string
}

export type Alignment = "left" | "right"

export const cell = (terminal: Terminal, text: string, role?: Role): Cell => ({
  plain: text,
  shown: role === undefined ? text : paint(terminal, role, text)
})

/** One character of a drawing, and what it stands for. */
export interface Mark {
  readonly glyph: string
  readonly role: Role
}

/** Marks side by side as one cell; neighbours of one role are painted in one go. */
export const drawnCell = (terminal: Terminal, marks: ReadonlyArray<Mark>): Cell => {
  const runs: Array<Mark> = []
  for (const { glyph, role } of marks) {
    const last = runs.at(-1)
    if (last?.role === role) runs[runs.length - 1] = { glyph: last.glyph + glyph, role }
    else runs.push({ glyph, role })
  }
  return {
    plain: marks.map(({ glyph }) => glyph).join(""),
    shown: runs.map(({ glyph, role }) => paint(terminal, role, glyph)).join("")
  }
}

/** Between two columns. */
const gap = "  "

/** Rows of equally many cells become lines; every column is as wide as its widest cell. No line ends in spaces. */
export const aligned = (
  rows: ReadonlyArray<ReadonlyArray<Cell>>,
  alignments: ReadonlyArray<Alignment>
): ReadonlyArray<Cell> => {
  const widths = alignments.map((_, column) => Math.max(...rows.map((row) => columnsOf(row[column].plain))))
  return rows.map((row) => {
    const padded = row.map(({ plain, shown }, column) => {
      const padding = " ".repeat(widths[column] - columnsOf(plain))
      return alignments[column] === "right"
        ? { plain: padding + plain, shown: padding + shown }
        : { plain: plain + padding, shown: shown + padding }
    })
    return {
      plain: padded
        .map(({ plain }) => plain)
        .join(gap)
        .trimEnd(),
      shown: padded
        .map(({ shown }) => shown)
        .join(gap)
        .trimEnd()
    }
  })
}

/** Columns of the widest line. */
export const widthOf = (lines: ReadonlyArray<Cell>): number =>
  lines.reduce((widest, { plain }) => Math.max(widest, columnsOf(plain)), 0)

/**
 * A canvas of braille dots: two by four in every character cell.
 */

/** Bits of the dots in a cell, by row, left and right (Unicode, block U+2800). */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80]
] as const

/** A dot's place, from the top left. */
export type Dot = readonly [x: number, y: number]

/** The dots on the way from one dot to another, both included, without gaps. */
const between = ([x0, y0]: Dot, [x1, y1]: Dot): ReadonlyArray<Dot> => {
  const length = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1)
  return Array.from(
    { length: length + 1 },
    (_, at): Dot => [Math.round(x0 + ((x1 - x0) * at) / length), Math.round(y0 + ((y1 - y0) * at) / length)]
  )
}

/** Cells, row by row, of a line through the dots in their order; a single dot is a dot. Dots outside are left out. */
export const drawn = (columns: number, rows: number, dots: ReadonlyArray<Dot>) => {
  const cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0))
  const line = dots.flatMap((dot, index) => between(dots[Math.max(0, index - 1)], dot))
  for (const [x, y] of line) {
    if (x < 0 || y < 0 || x >= columns * 2 || y >= rows * 4) continue
    cells[y >> 2][x >> 1] |= bits[y & 3][x & 1]
  }
  return cells
}

/** The cell's character, a space where no dot is set. */
export const brailleOf = (cell: number): string => (cell === 0 ? " " : String.fromCodePoint(0x2800 + cell))

/**
 * How many columns a text takes in a terminal, and fitting it into a given number of them.
 *
 * Texts are printable and hold no escape sequences: paint them afterwards.
 */

const combining = /^[\p{M}\u200c\u200d]$/u
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1faff}\u{20000}-\u{3fffd}]$/u

const columnsOfCharacter = (character: string): number => (combining.test(character) ? 0 : wide.test(character) ? 2 : 1)

/** Columns a line takes: none for combining marks, two for wide characters. */
export const columnsOf = (line: string): number =>
  [...line].reduce((total, character) => total + columnsOfCharacter(character), 0)

export const padEnd = (line: string, columns: number): string =>
  line + " ".repeat(Math.max(0, columns - columnsOf(line)))

/** As much of the line's start as fits. */
const headOf = (line: string, columns: number): string => {
  let used = 0
  let head = ""
  for (const character of line) {
    used += columnsOfCharacter(character)
    if (used > columns) break
    head += character
  }
  return head
}

/** The line, cut short with `..` where it is wider than `columns`. */
export const clipped = (line: string, columns: number): string =>
  columnsOf(line) <= columns ? line : `${headOf(line, Math.max(0, columns - 2))}${"..".slice(0, Math.max(0, columns))}`

/** Where a full line is cut: after its last space, unless that would leave it more than half empty. */
const cutOf = (line: string): number => {
  const space = line.lastIndexOf(" ")
  return space > line.length / 2 ? space + 1 : line.length
}

/** Folds one line to at most `columns` (at least 2), at spaces where there are any, without losing a character. */
export const folded = (line: string, columns: number): ReadonlyArray<string> => {
  const room = Math.max(2, columns)
  const lines: Array<string> = []
  let current = ""
  let used = 0
  for (const character of line) {
    const needed = columnsOfCharacter(character)
    if (used + needed > room) {
      const cut = cutOf(current)
      lines.push(current.slice(0, cut))
      current = current.slice(cut)
      used = columnsOf(current)
    }
    current += character
    used += needed
  }
  return [...lines, current]
}

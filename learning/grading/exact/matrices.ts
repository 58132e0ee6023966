/**
 * Matrices, and functions defined by cases, from the text between `\\begin` and `\\end`.
 */
import type { Answer } from "./answer.ts"
import { wordsClose, wordsOpen } from "./clean.ts"

type Read = (text: string) => Answer

const opening = /^\\begin ?\{([pbB]?matrix|smallmatrix|array|[dr]?cases)\} ?(?:\{[lcr| ]*\})?/

const words = new RegExp(`${wordsOpen}[^${wordsClose}]*${wordsClose}`, "g")

/** In a definition by cases neither commas nor "if" say more than the columns do. */
const bare = (cell: string): string =>
  cell
    .replace(words, " ")
    .replace(/\b(?:if|for|when|otherwise)\b/g, " ")
    .replace(/^[\s,]+|[\s,.;]+$/g, "")

const isEmpty = (rows: ReadonlyArray<ReadonlyArray<string>>): boolean => rows.flat().every((cell) => cell === "")

/** Null where the text is no matrix. One of a single cell is what stands in it. */
export const readMatrix = (text: string, read: Read): Answer | null => {
  const isWrapped = /^[([] ?\\begin/.test(text) && /[)\]]$/.test(text)
  const inner = isWrapped ? text.slice(1, -1).trim() : text
  const opened = opening.exec(inner)
  if (opened === null) return scaled(text, read)
  const name = opened[1]
  const end = `\\end {${name}}`
  const body = inner.slice(opened[0].length).replace(`\\end{${name}}`, end)
  if (body.indexOf(end) !== body.length - end.length) return null
  const rows = body
    .slice(0, -end.length)
    .split("\\\\")
    .map((row) => row.replace(/^ ?\[-?[\d.]+(?:pt|em|ex|mm|cm)\]/, "").trim())
    .filter((row) => row !== "")
    .map((row) => row.split("&").map((cell) => (name.endsWith("cases") ? bare(cell) : cell.trim())))
  if (isEmpty(rows)) return null
  if (rows.length === 1 && rows[0].length === 1) return read(rows[0][0])
  return { kind: "matrix", rows: rows.map((row) => row.map(read)) }
}

/** A number times a matrix. */
const scaled = (text: string, read: Read): Answer | null => {
  const at = text.indexOf("\\begin")
  if (at <= 0 || text.slice(0, at).includes("=")) return null
  const before = text
    .slice(0, at)
    .replace(/(?:\\(?:cdot|times) |[([*]| )+$/, "")
    .trim()
  const factor = before === "-" ? read("-1") : before === "" ? null : read(before)
  const matrix =
    factor?.kind === "value"
      ? readMatrix(text.slice(before === "-" ? 1 : before.length).replace(/^ ?(?:\\(?:cdot|times) |\*)? ?/, ""), read)
      : null
  if (factor?.kind !== "value" || matrix?.kind !== "matrix") return null
  return { kind: "matrix", rows: matrix.rows.map((row) => row.map((cell) => product(factor, cell))) }
}

const product = (factor: Extract<Answer, { readonly kind: "value" }>, cell: Answer): Answer =>
  cell.kind === "value"
    ? {
        ...cell,
        text: `${factor.text} ${cell.text}`,
        expression: { kind: "product", parts: [factor.expression, cell.expression] }
      }
    : { kind: "unreadable", text: "" }

/**
 * The answers of a step or a test, a line each, the best first.
 */
import { clipped } from "./columns.ts"
import { aligned, type Cell, cell } from "./grid.ts"
import { printableLine } from "./hostile-text.ts"
import { markOf } from "./samples.ts"
import { absent, type Terminal } from "./terminal.ts"

export interface AnswerRow {
  /** Of the prompt or problem. */
  readonly id: string
  readonly sample: number
  /** Of rollouts; null where unknown or not graded yet. */
  readonly reward: number | null
  /** Null until it is graded. */
  readonly verdict: string | null
  readonly rule: string | null
  /** In tokens. */
  readonly length: number
  /** Nats a token; null of no tokens, or where nobody recorded them. */
  readonly meanLogProb: number | null
  readonly meanEntropy: number | null
  readonly text: string
}

/** What a row is worth: its reward, else its verdict; unknown is least. */
const worthOf = ({ reward, verdict }: AnswerRow): number =>
  reward ?? (verdict === "correct" ? 1 : verdict === null || verdict === "unknown" ? Number.NEGATIVE_INFINITY : 0)

/** By reward, then by how sure the policy was; of equals, those that were sampled first. */
export const bestFirst = <A extends AnswerRow>(rows: ReadonlyArray<A>): ReadonlyArray<A> =>
  rows.toSorted((a, b) => {
    const [worthA, worthB] = [worthOf(a), worthOf(b)]
    if (worthA !== worthB) return worthB > worthA ? 1 : -1
    const sure = (b.meanLogProb ?? 0) - (a.meanLogProb ?? 0)
    return sure !== 0 ? sure : a.id === b.id ? a.sample - b.sample : a.id < b.id ? -1 : 1
  })

/** First words are as wide as the rest leaves room for, and no narrower than this. */
const narrowestText = 16

/** Nobody reads further on one line. */
const mostCharacters = 400

const verdictCell = (terminal: Terminal, verdict: string | null): Cell => {
  if (verdict === null) return cell(terminal, absent(terminal), "quiet")
  const mark = markOf(verdict)
  return cell(terminal, verdict, mark === "unknown" ? "quiet" : mark)
}

/** Lines without a newline at the end. @param idName what ids are of: "prompt", "problem" */
export const answersTable = (rows: ReadonlyArray<AnswerRow>, idName: string, terminal: Terminal): string => {
  const number = (value: number | null, digits: number) => (value === null ? absent(terminal) : value.toFixed(digits))
  const plain = (text: string): Cell => cell(terminal, text)
  const names = [idName, "sample", "reward", "verdict", "rule", "tokens", "log-prob", "entropy"]
  const table = [
    names.map((name) => cell(terminal, name, "quiet")),
    ...rows.map((row) => [
      plain(printableLine(row.id)),
      plain(String(row.sample)),
      plain(row.reward === null ? absent(terminal) : String(row.reward)),
      verdictCell(terminal, row.verdict),
      plain(clipped(printableLine(row.rule ?? absent(terminal)), 24)),
      plain(String(row.length)),
      plain(number(row.meanLogProb, 3)),
      plain(number(row.meanEntropy, 3))
    ])
  ]
  const lines = aligned(table, ["left", "right", "right", "left", "left", "right", "right", "right"])
  const widest = lines.reduce((most, { plain: { length } }) => Math.max(most, length), 0)
  const room = Math.max(narrowestText, terminal.width - widest - 2)
  return lines
    .map(({ plain: { length }, shown }, i) => {
      const text = i === 0 ? "first words" : clipped(printableLine(rows[i - 1].text.slice(0, mostCharacters)), room)
      return `${shown}${" ".repeat(widest - length)}  ${text}`.trimEnd()
    })
    .join("\n")
}

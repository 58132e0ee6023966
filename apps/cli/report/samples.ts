/**
 * Held-out problems answered before and after, for a terminal. The texts are a model's and made printable here.
 */
import { clipped, folded } from "./columns.ts"
import { printable, printableLine } from "./hostile-text.ts"
import type { RunSummary, SampleBeforeAfter } from "./summary.ts"
import { paint, type Role, type Terminal } from "./terminal.ts"

/** Lines shown of one text; the report on the page has all of it. */
const mostLines = 8

/** Characters looked at of one text: far more than the lines above hold. */
const mostCharacters = 20_000

const indent = 12

/** How a verdict is marked: right, wrong, or not known. */
export const markOf = (verdict: string): "right" | "wrong" | "unknown" =>
  verdict === "correct" ? "right" : verdict === "unknown" ? "unknown" : "wrong"

const glyph = (terminal: Terminal, verdict: string): string => {
  const [right, wrong] = terminal.unicode ? ["✓", "✗"] : ["+", "x"]
  return { right, wrong, unknown: "?" }[markOf(verdict)]
}

const roleOf = (verdict: string): Role => {
  const mark = markOf(verdict)
  return mark === "unknown" ? "quiet" : mark
}

/** Printable lines folded to `columns`, at most `mostLines` of them, with a word where there were more. */
const block = (terminal: Terminal, text: string, columns: number): ReadonlyArray<string> => {
  const lines = text.split("\n").flatMap((line) => folded(line, columns))
  const shown = lines.slice(0, mostLines).map((line) => line.trimEnd())
  return lines.length > mostLines ? [...shown, paint(terminal, "quiet", "(the report has the rest)")] : shown
}

/** Nobody reads further on a terminal, and a text may be megabytes. */
const head = (text: string): string => text.slice(0, mostCharacters)

const answer = (
  terminal: Terminal,
  name: "before" | "after",
  { text, verdict }: SampleBeforeAfter["before"]
): ReadonlyArray<string> => {
  const mark = paint(terminal, roleOf(verdict), glyph(terminal, verdict))
  const [first, ...rest] = block(terminal, printable(head(text)).trim(), terminal.width - indent)
  const label = paint(terminal, name === "before" ? "base" : "trained", name.padEnd(7))
  return [`  ${label} ${mark} ${first}`.trimEnd(), ...rest.map((line) => `${" ".repeat(indent)}${line}`.trimEnd())]
}

const sampleLines = (terminal: Terminal, sample: SampleBeforeAfter): ReadonlyArray<string> => {
  const reference = `= ${printableLine(head(sample.answer))}   ${printableLine(head(sample.problemId))}`
  return [
    ...block(terminal, printableLine(head(sample.problem)), terminal.width).map((line) =>
      paint(terminal, "title", line)
    ),
    paint(terminal, "quiet", `  ${clipped(reference, terminal.width - 2)}`),
    ...answer(terminal, "before", sample.before),
    ...answer(terminal, "after", sample.after)
  ]
}

/** Lines without a newline at the end; an empty line between two problems. */
export const sampleAnswers = ({ samples }: RunSummary, terminal: Terminal): string =>
  samples.map((sample) => sampleLines(terminal, sample).join("\n")).join("\n\n")

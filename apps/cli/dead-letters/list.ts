/**
 * `onefold dead-letters list`: what was set aside, oldest first.
 */
import { Effect } from "effect"
import { writeLines, writeText } from "../json-lines.ts"
import { aligned, cell } from "../report/grid.ts"
import { printable } from "../report/hostile-text.ts"
import { terminalOf } from "../reporter.ts"
import { type Letter, type LetterFilter, lettersOf } from "./letters.ts"
import { type LettersFlags, lettersLog } from "./letters-log.ts"

export interface ListOptions extends LettersFlags, LetterFilter {
  readonly json: boolean
}

/** What there is to say of a letter in a line. */
export const lineOf = ({ at, letter, retried }: Letter) => ({
  type: "letter",
  id: letter.eventId,
  run: letter.runId,
  reason: letter.reason,
  topic: letter.topic,
  partition: letter.partition,
  offset: letter.offset,
  time: new Date(at).toISOString(),
  bytes: letter.record.length,
  detail: letter.detail,
  retried
})

const table = (letters: ReadonlyArray<Letter>) => {
  const terminal = terminalOf(process.stdout)
  const heads = ["record", "run", "reason", "bytes", "set aside", "driven again"]
  const rows = letters.map(({ at, letter, place, retried }) => [
    place,
    letter.runId,
    letter.reason,
    String(letter.record.length),
    new Date(at).toISOString().slice(0, 19).replace("T", " "),
    retried.at(-1) ?? ""
  ])
  const grid = [
    heads.map((head) => cell(terminal, head, "quiet")),
    ...rows.map((row) => row.map((text) => cell(terminal, printable(text))))
  ]
  const lines = aligned(grid, ["left", "left", "left", "right", "left", "left"])
  return writeText(lines.map(({ shown }) => `${shown}\n`).join(""))
}

export const listLetters = Effect.fn("deadLetters.list")(function* (options: ListOptions) {
  const letters = yield* lettersOf(options).pipe(Effect.provide(lettersLog(options)))
  if (options.json) return yield* writeLines(letters.map(lineOf))
  yield* letters.length === 0 ? writeText("no dead letters\n") : table(letters)
})

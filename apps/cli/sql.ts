/**
 * `onefold sql`: one question to the history. While a run is live, the process that owns the history answers.
 */
import { Effect } from "effect"
import { answerSomehow } from "../../platform/history/live.ts"
import type { AnswerFormat } from "../../platform/history/query-format.ts"
import { existingDataFolder } from "./data-folder.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { printable } from "./report/hostile-text.ts"
import { writeTo } from "./written-file.ts"

/** A model's words may be among the rows: a person's terminal must not obey them; a program gets them as they are. */
export const shown = (answer: string, format: AnswerFormat, toTerminal: boolean): string =>
  format === "table" || toTerminal ? printable(answer) : answer

/** Fails with OptionsConflict where a terminal would get what only programs read. */
export const refuseBinary = (format: AnswerFormat | null, out: string | null) =>
  format === "parquet" && out === null && process.stdout.isTTY
    ? Effect.fail(new OptionsConflict({ reason: "parquet is not for a terminal: name a file with --out, or pipe it" }))
    : Effect.void

/** Writes an answer to a file, or to stdout, where text ends with a newline. */
export const printAnswer = (answer: Uint8Array, format: AnswerFormat, out: string | null) => {
  if (out !== null) return writeTo(out, answer)
  return Effect.sync(() => {
    if (format === "parquet") return process.stdout.write(answer)
    const text = shown(new TextDecoder().decode(answer), format, process.stdout.isTTY)
    return process.stdout.write(text.endsWith("\n") ? text : `${text}\n`)
  })
}

export const sql = Effect.fn("sql")(function* (options: {
  readonly query: string
  readonly format: AnswerFormat
  readonly out: string | null
  readonly dataDir: string
}) {
  yield* refuseBinary(options.format, options.out)
  const folder = yield* existingDataFolder(options.dataDir)
  const answer = yield* answerSomehow(folder.root, { sql: options.query, format: options.format })
  yield* printAnswer(answer, options.format, options.out)
})

/**
 * `onefold sql`: one question to the history. While a run is live, the process that owns the history answers.
 */
import { Effect } from "effect"
import { querySomehow } from "../../platform/history/live.ts"
import type { QueryFormat } from "../../platform/history/query.ts"
import { existingDataFolder } from "./data-folder.ts"
import { printable } from "./report/hostile-text.ts"

/** A model's words may be among the rows: a person's terminal must not obey them; a program gets them as they are. */
export const shown = (answer: string, format: QueryFormat, toTerminal: boolean): string =>
  format === "table" || toTerminal ? printable(answer) : answer

export const sql = Effect.fn("sql")(function* (options: {
  readonly query: string
  readonly format: QueryFormat
  readonly dataDir: string
}) {
  const folder = yield* existingDataFolder(options.dataDir)
  const answer = yield* querySomehow(folder.root, options.query, options.format)
  const text = shown(answer, options.format, process.stdout.isTTY)
  yield* Effect.sync(() => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`))
})

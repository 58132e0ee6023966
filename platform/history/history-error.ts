/**
 * HistoryError: why the history could not do what was asked, where, and what to do next.
 */
import { Schema } from "effect"

const reasons = [
  "locked",
  "missing",
  "full",
  "not-writable",
  "newer-version",
  "refused",
  "bad-sql",
  "too-much",
  "incomplete",
  "unavailable",
  "unreachable",
  "not-admitted"
] as const

export type HistoryReason = (typeof reasons)[number]

export class HistoryError extends Schema.TaggedError<HistoryError>()("HistoryError", {
  reason: Schema.Literals(reasons),
  /** The folder, table or query. */
  place: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `history ${this.reason} at ${this.place}: ${this.detail}. ${this.next}`
  }
}

const next: Readonly<Record<HistoryReason, string>> = {
  locked: "Ask that process, stop it, or use another data folder",
  missing: "Check the data folder, or start a run in it",
  full: "Free some space on that disk, then resume: what was written before is whole",
  "not-writable": "Choose a folder that this user may write to",
  "newer-version": "Use the version of Onefold that made it, or a newer one",
  refused:
    "Only reading statements over the history's own tables are run: SELECT, WITH, SHOW, DESCRIBE, EXISTS, EXPLAIN",
  "bad-sql": "Correct the statement; SHOW TABLES and DESCRIBE tokens list what there is",
  "too-much": "Ask for less: fewer steps, an aggregate, or a LIMIT",
  incomplete: "Verify the run's log, then resume the run",
  unavailable: "Look at the disk and its log, then start again",
  unreachable: "See that the server runs, and that ONEFOLD_CLICKHOUSE names it",
  "not-admitted": "Correct ONEFOLD_CLICKHOUSE_USER and ONEFOLD_CLICKHOUSE_PASSWORD, or give that user its rights"
}

export const historyError = (reason: HistoryReason, place: string, detail: string): HistoryError =>
  new HistoryError({ reason, place, detail, next: next[reason] })

/** ClickHouse's error codes that mean more than "the statement is wrong". */
const reasonOfCode: Readonly<Record<number, HistoryReason>> = {
  76: "unavailable", // CANNOT_OPEN_FILE
  158: "too-much", // TOO_MANY_ROWS
  159: "too-much", // TIMEOUT_EXCEEDED
  160: "too-much", // TOO_SLOW
  164: "refused", // READONLY
  241: "too-much", // MEMORY_LIMIT_EXCEEDED
  243: "full", // NOT_ENOUGH_SPACE
  307: "too-much", // TOO_MANY_BYTES
  396: "too-much", // TOO_MANY_ROWS_OR_BYTES
  497: "refused", // ACCESS_DENIED
  516: "not-admitted" // AUTHENTICATION_FAILED
}

/** What ClickHouse said, without the ornaments: prefixes, the version, the statement it was wrapped in. */
export const trimmed = (message: string): string =>
  message
    .replace(/^Query failed: /, "")
    .replace(/(?:Code: \d+\. )?DB::(?:Errno)?Exception: /g, "")
    .replace(/\(version [^)]*\)\.?/g, "")
    .replace(/:? ?In scope SELECT formatQuerySingleLine\(.*$/s, "")
    .replace(/ ?\([A-Z_]+\)\s*\.?/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[.:]+$/, "")

/** @param cause what the engine threw while it ran a statement */
export const statementFault = (place: string, cause: unknown): HistoryError => {
  if (cause instanceof HistoryError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = Number(/Code: (\d+)\./.exec(message)?.[1])
  return historyError(reasonOfCode[code] ?? "bad-sql", place, trimmed(message))
}

const reasonOfErrno: Readonly<Record<string, HistoryReason>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EACCES: "not-writable",
  EPERM: "not-writable",
  EROFS: "not-writable",
  ENOTDIR: "not-writable",
  EEXIST: "not-writable"
}

/** @param cause what the engine or the file system threw while it kept or opened something */
export const storageFault = (place: string, cause: unknown): HistoryError => {
  if (cause instanceof HistoryError) return cause
  const message = cause instanceof Error ? cause.message : String(cause)
  const errno = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  const isBarred = /Code: (?:497|516)\./.test(message)
  const isFull = /Code: 243\.|No space left on device|Disk quota exceeded/.test(message)
  return historyError(
    reasonOfErrno[errno] ?? (isFull ? "full" : isBarred ? "not-admitted" : "unavailable"),
    place,
    trimmed(message)
  )
}

/**
 * What a failure of lmdb or of the file system below it means: a LogError with its reason and what to do next.
 */
import { statfsSync } from "node:fs"
import { LogError } from "./event-log.ts"

type Reason = Exclude<LogError["reason"], "refused">

const next: Readonly<Record<Reason, string>> = {
  unavailable: "See whether the disk, a quota or the largest file allowed is at its end, then resume",
  locked: "Stop that process, or use another data folder",
  full: "Free some space on that disk, then resume: what was written before is whole",
  corrupt: "Move the folder away and start a new one, or bring it back from a copy",
  "newer-version": "Use the version of Onefold that made it, or a newer one",
  "unknown-topic": "Create it with createTopics, or check its name",
  "not-writable": "Choose a folder that this user may write to",
  superseded: "See which other process has the folder"
}

export const logError = (reason: Reason, place: string, detail: string): LogError =>
  new LogError({ reason, place, detail, next: next[reason] })

const fullErrors = new Set<unknown>(["ENOSPC", "EDQUOT", "EFBIG", 28, 122, 27, -30792])
const notWritableErrors = new Set<unknown>([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOTDIR",
  "EISDIR",
  "EEXIST",
  "ENOENT",
  13,
  1,
  30
])
/** MDB_CORRUPTED, PAGE_NOTFOUND, PANIC, INVALID, BAD_TXN. */
const corruptErrors = new Set<unknown>([-30796, -30797, -30795, -30793, -30782])
const inputOutputErrors = new Set<unknown>(["EIO", 5])

/** Bytes that this user can still write to the disk of a folder. */
export const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** lmdb calls a write that was cut short an input/output error; with hardly any room left the disk is simply full. */
const reasonOf = (code: unknown, folder: string): Reason => {
  if (fullErrors.has(code)) return "full"
  if (notWritableErrors.has(code)) return "not-writable"
  if (corruptErrors.has(code)) return "corrupt"
  return inputOutputErrors.has(code) && freeBytes(folder) < 1024 * 1024 ? "full" : "unavailable"
}

/** @param cause what lmdb or node:fs threw */
export const faultOf = (folder: string, cause: unknown): LogError => {
  if (cause instanceof LogError) return cause
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  return logError(reasonOf(code, folder), folder, cause instanceof Error ? cause.message : String(cause))
}

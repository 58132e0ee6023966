/**
 * Who owns a data folder: one process at a time, by a file that names it.
 *
 * A process is known by its number and the moment it started, so that a number used again after a kill or a reboot is
 * not taken for the process that died. What makes two owners impossible is the epoch in the log itself (lmdb.ts); this
 * file says it politely and beforehand.
 */
import { execFileSync } from "node:child_process"
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"

const Owner = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, started: Schema.String }))

const ownerFile = (folder: string): string => join(folder, "owner.json")

/** When a process started, in words that no other process of this machine shares; undefined if there is no such process. */
const startOf = (pid: number): string | undefined => {
  try {
    if (process.platform !== "linux") {
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim()
    }
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    // The name in parentheses may hold spaces; the 20th field behind it is the start, in ticks since boot.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return state === "Z" ? undefined : `${boot} ${fields[18]}`
  } catch {
    return undefined
  }
}

const read = (folder: string): typeof Owner.Type | undefined => {
  try {
    return Option.getOrUndefined(Schema.decodeOption(Owner)(readFileSync(ownerFile(folder), "utf8")))
  } catch {
    return undefined
  }
}

/** The number of the living process that owns the folder, this one included; undefined if none does. */
export const ownerOf = (folder: string): number | undefined => {
  const owner = read(folder)
  return owner !== undefined && startOf(owner.pid) === owner.started ? owner.pid : undefined
}

/** Names this process as the owner. Throws what the file system throws. */
export const own = (folder: string): void => {
  const owner = { pid: process.pid, started: startOf(process.pid) ?? "" }
  const draft = `${ownerFile(folder)}.${process.pid}`
  writeFileSync(draft, Schema.encodeSync(Owner)(owner))
  renameSync(draft, ownerFile(folder))
}

export const disown = (folder: string): void => {
  if (ownerOf(folder) === process.pid) rmSync(ownerFile(folder), { force: true })
}

/**
 * The names of drafts: files half written, beside the place where they will lie.
 *
 * A name says who writes: the machine, the process, and the moment the process began, since numbers of processes are used
 * again. A folder may be shared by machines, and only the writer's own machine can tell whether a process still lives; so
 * what another machine left stays, until that machine opens the folder. Better a leftover than a draft lost.
 */
import { randomUUID } from "node:crypto"
import { readlinkSync } from "node:fs"
import { hostname } from "node:os"

/** Containers of one name number their processes apart; Linux says so by a number of its own. */
const numbering = (): string => {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")
  } catch {
    return "0"
  }
}

/** As a part of a file's name, and not too long for one. */
const machine = `${encodeURIComponent(hostname()).slice(0, 100)}~${numbering()}`
const born = Math.round(performance.timeOrigin)

const pattern = /^\.draft-(?<machine>.+)~(?<pid>\d+)-(?<born>\d+)-/

/** @param moment of the process's start, in milliseconds */
export const draftName = (pid = process.pid, moment = born, on = machine): string =>
  `.draft-${on}~${pid}-${moment}-${randomUUID()}`

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/** Whether a file is a draft of this machine whose writer is gone. */
export const isLeftover = (name: string): boolean => {
  const found = pattern.exec(name)?.groups
  if (found === undefined || found.machine !== machine) return false
  const pid = Number(found.pid)
  return pid === process.pid ? Number(found.born) !== born : !isAlive(pid)
}

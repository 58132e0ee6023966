/**
 * Where a history lies, and how another one takes its place.
 *
 * A history is replaced by one that was made beside it, under names that say how far that has come:
 *
 *   history-making     being made; thrown away by the next try
 *   history-ready      whole: takes the place of the old one, if not by who made it then by whoever opens it next
 *   history-replaced   the old one, on its way out
 *
 * So after a kill at any moment there is the old history or the new one.
 */
import { existsSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { ownerOf } from "../log/folder-owner.ts"
import { historyError } from "./history-error.ts"

/** The history's folder in a data folder. */
export const historyFolder = (dataDir: string): string => join(dataDir, "history")

/** Where the engine keeps its tables in a history's folder. */
export const tablesFolder = (folder: string): string => join(folder, "tables")

/** Where the history that is to take a folder's place is made. */
export const makingFolder = (folder: string): string => `${folder}-making`

const readyFolder = (folder: string): string => `${folder}-ready`
const replacedFolder = (folder: string): string => `${folder}-replaced`

/** Whether a folder holds a history at all, or is about to. */
export const isHistory = (folder: string): boolean =>
  existsSync(tablesFolder(folder)) || existsSync(tablesFolder(readyFolder(folder)))

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/** Goes on with a swap that was cut short; does nothing where there was none. Throws HistoryError, locked, while one goes on. */
export const finishSwap = (folder: string): void => {
  const [ready, replaced] = [readyFolder(folder), replacedFolder(folder)]
  if (existsSync(ready)) {
    const owner = ownerOf(ready)
    if (owner !== undefined && owner !== process.pid)
      throw historyError("locked", folder, `process ${owner} is replacing it`)
    if (existsSync(folder)) {
      remove(replaced)
      renameSync(folder, replaced)
    }
    renameSync(ready, folder)
  }
  if (existsSync(replaced)) remove(replaced)
}

/** Puts the history that was made beside a folder, whole and closed, in its place. */
export const swapIn = (folder: string): void => {
  renameSync(makingFolder(folder), readyFolder(folder))
  finishSwap(folder)
}

/** Throws away what was made beside a folder. */
export const discardMaking = (folder: string): void => remove(makingFolder(folder))

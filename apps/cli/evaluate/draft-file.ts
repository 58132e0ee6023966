/**
 * A file that is written beside its place and moved there whole.
 */
import { open, rename, rm } from "node:fs/promises"
import { dirname, join } from "node:path"

export interface Draft {
  readonly write: (lines: ReadonlyArray<string>) => Promise<void>
  /** Moves it to its place, over what stands there. */
  readonly keep: () => Promise<void>
  /** Removes it, where it was not kept. */
  readonly discard: () => Promise<void>
}

/** Lines that are written in one go. */
const atOnce = 512

/** Rejects where the folder is missing or cannot be written. */
export const openDraft = async (path: string): Promise<Draft> => {
  const place = join(dirname(path), `.draft-${process.pid}-${Math.round(performance.timeOrigin)}`)
  const file = await open(place, "w")
  let isOpen = true
  const close = async (): Promise<void> => {
    if (isOpen) await file.close()
    isOpen = false
  }
  return {
    write: async (lines) => {
      for (let from = 0; from < lines.length; from += atOnce)
        await file.write(lines.slice(from, from + atOnce).join(""))
    },
    keep: async () => {
      await file.sync()
      await close()
      await rename(place, path)
    },
    discard: async () => {
      await close()
      await rm(place, { force: true })
    }
  }
}

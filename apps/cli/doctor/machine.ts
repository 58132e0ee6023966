/** The room there is: disk under the data folder, and memory. */
import type { Fact } from "./fact.ts"

const GIB = 1024 ** 3

/** A run of the main job peaks at 2.5 GB, and leaves well under 1 GB behind. */
const MEMORY_WANTED = 2.5e9
const DISK_WANTED = 2 * GIB

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`

/**
 * @param folder where the data folder is, or the nearest folder above it that exists
 * @param free bytes that this user may still write there; undefined when it could not be asked
 * @param writable whether this user may write there at all
 */
export function diskFact(folder: string, free: number | undefined, writable: boolean): Fact {
  const short = free !== undefined && free < DISK_WANTED
  return {
    name: "disk",
    value: free === undefined ? "unknown" : `${gib(free)} free`,
    ok: writable && !short,
    note: writable
      ? `in ${folder}${short ? `; ${gib(DISK_WANTED)} are wanted` : ""}`
      : `${folder} is not writable; name another with --data-dir`,
    ...(short ? { mend: `du -sh ${folder}/* | sort -h` } : {})
  }
}

/**
 * @param available bytes that can be had without swapping
 * @param total bytes that this process may ever have
 */
export function memoryFact(available: number, total: number): Fact {
  const ok = available >= MEMORY_WANTED
  return {
    name: "memory",
    value: `${gib(available)} free of ${gib(total)}`,
    ok,
    note: ok ? "a run takes up to 2.5 GB" : "a run takes up to 2.5 GB: it may be slow, or be ended by the system"
  }
}

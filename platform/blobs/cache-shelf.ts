/**
 * Which of a folder's artifacts stay when there are more bytes than may: those used last. A file's time is when it was used,
 * so the order outlives the process, and processes may share the folder.
 */
import { rmSync, type Stats } from "node:fs"
import { readdir, stat, utimes } from "node:fs/promises"
import { Effect, Metric, Semaphore } from "effect"
import type { Sha256 } from "../../learning/artifacts.ts"
import { pathIn } from "./local.ts"

interface Kept {
  readonly hash: Sha256
  readonly size: number
  readonly usedAt: number
}

/** Finer than milliseconds, in which several may be used. */
const secondsNow = (): number => (performance.timeOrigin + performance.now()) / 1000

const bytesKept = Metric.gauge("onefold_blob_cache_bytes", { description: "bytes of artifacts in the cache's folder" })

const isGone = (): undefined => undefined

export class CacheShelf {
  readonly #folder: string
  readonly #bound: number
  /** Being read or written here, by how many: these stay. */
  readonly #held = new Map<Sha256, number>()
  readonly #oneAtATime = Semaphore.makeUnsafe(1)

  /** @param bound how many bytes may stay */
  constructor(folder: string, bound: number) {
    this.#folder = folder
    this.#bound = bound
  }

  takes(bytes: Uint8Array): boolean {
    return bytes.length <= this.#bound
  }

  /** Whatever happens meanwhile, this artifact is not removed. */
  readonly holding = <A, E, R>(hash: Sha256, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.acquireUseRelease(
      Effect.sync(() => this.#count(hash, 1)),
      () => work,
      () => Effect.sync(() => this.#count(hash, -1))
    )

  /** It was used just now. A file that another process removed meanwhile is not missed. */
  readonly touch = (hash: Sha256): Effect.Effect<void> =>
    Effect.promise(() => utimes(pathIn(this.#folder, hash), secondsNow(), secondsNow()).catch(isGone))

  readonly drop = (hash: Sha256): Effect.Effect<void> =>
    this.#orSay(async () => rmSync(pathIn(this.#folder, hash), { force: true }))

  /** Removes what was not used for longest, until what is left fits. */
  readonly makeRoom: Effect.Effect<void> = this.#oneAtATime.withPermit(
    Effect.suspend(() => {
      let left = 0
      const made = this.#orSay(async () => {
        left = await this.#fitted()
      })
      return Effect.andThen(
        made,
        Effect.suspend(() => Metric.update(bytesKept, left))
      )
    })
  )

  /** Gives the bytes that are left. */
  async #fitted(): Promise<number> {
    const kept = await this.#kept()
    let total = kept.reduce((sum, { size }) => sum + size, 0)
    for (const { hash, size } of kept.toSorted((a, b) => a.usedAt - b.usedAt)) {
      if (total <= this.#bound) break
      // At once, so that no reader begins between the question and the act.
      if (this.#held.has(hash)) continue
      rmSync(pathIn(this.#folder, hash), { force: true })
      total -= size
    }
    return total
  }

  /** A file that cannot be removed is room lost, and nothing else. */
  #orSay(act: () => Promise<void>): Effect.Effect<void> {
    return Effect.tryPromise(act).pipe(
      Effect.catch(({ cause }) => Effect.logWarning(`the cache ${this.#folder} cannot be kept in bounds: ${cause}`))
    )
  }

  #count(hash: Sha256, by: number): void {
    const count = (this.#held.get(hash) ?? 0) + by
    if (count > 0) this.#held.set(hash, count)
    else this.#held.delete(hash)
  }

  async #kept(): Promise<ReadonlyArray<Kept>> {
    const names = await readdir(this.#folder, { recursive: true })
    const hashes = names.flatMap((name) => /([0-9a-f]{64})\.safetensors$/.exec(name)?.[1] ?? [])
    const kept = hashes.map(async (hash) => {
      const found: Stats | undefined = await stat(pathIn(this.#folder, hash)).catch(isGone)
      return found === undefined ? [] : [{ hash, size: found.size, usedAt: found.mtimeMs }]
    })
    return (await Promise.all(kept)).flat()
  }
}

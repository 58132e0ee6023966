/**
 * A file of a data set of the Hugging Face hub, brought into the cache that models are kept in, by commit, its hash
 * checked.
 *
 * Without network the cache serves what it holds.
 */
import { readdir } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { Effect } from "effect"
import { filesOf, type HubId } from "../policy/checkpoint/hub.ts"
import { fetchFile, snapshotFolder } from "../policy/checkpoint/model-cache.ts"
import { type ModelSettings, offline, resolved } from "../policy/checkpoint/model-source.ts"
import { ModelUnavailable } from "../policy/checkpoint/model-unavailable.ts"
import { hasRows } from "./file-rows.ts"

export interface HubDataFile {
  readonly id: HubId
  /** A path in the data set, or the name at its end; null: the only one that there is. */
  readonly file: string | null
}

/** pi1_r128 of pi1_r128.parquet, and of data/pi1_r128-00000-of-00001.parquet. */
const stem = (path: string): string => basename(path).replace(/(-\d{5}-of-\d{5})?\.\w+$/, "")

/** Those of the paths that a name may mean: the path itself, or else the same name, in any folder if it names none. */
export const meantBy = (file: string | null, paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const sets = paths.filter(hasRows)
  if (file === null) return sets
  const same = sets.filter((path) => path === file)
  const isIn = (path: string): boolean => !file.includes("/") || dirname(path) === dirname(file)
  return same.length > 0 ? same : sets.filter((path) => stem(path) === stem(file) && isIn(path))
}

const cached = (folder: string) =>
  Effect.promise(() =>
    readdir(folder, { recursive: true }).then(
      (names) => names,
      () => []
    )
  )

/**
 * The path of the file, downloaded first if need be.
 *
 * Fails with ModelUnavailable, which says why and what to do.
 */
export const locateDataFile = Effect.fn("hubDataFile.locate")(function* (
  { file, id }: HubDataFile,
  settings: ModelSettings
) {
  const commit = yield* resolved(id, settings)
  const folder = snapshotFolder(settings.cache, id, commit)
  const one = (found: ReadonlyArray<string>) => (found.length === 1 ? found[0] : null)
  const here = one(meantBy(file, yield* cached(folder)))
  if (here !== null && (file !== null || settings.offline)) return join(folder, here)
  if (settings.offline) return yield* offline(id, settings, "the hub may not be asked")
  const files = yield* filesOf(settings, id, commit)
  const found = meantBy(
    file,
    files.map(({ path }) => path)
  )
  const chosen = files.find(({ path }) => path === one(found))
  if (chosen === undefined) {
    const sets = files.map(({ path }) => path).filter(hasRows)
    return yield* new ModelUnavailable({
      model: id.name,
      kind: "files",
      reason: `${found.length === 0 ? "none" : `${found.length}`} of its files ${found.length === 1 ? "is" : "are"} meant by ${file ?? "its name alone"}`,
      next: `name one as ${id.name.split(":")[0]}:FILE; it has ${sets.slice(0, 20).join(", ") || "no .parquet and no .jsonl"}`
    })
  }
  yield* fetchFile(settings, settings.cache, id, commit, chosen, settings.progress ?? (() => undefined))
  return join(folder, chosen.path)
})

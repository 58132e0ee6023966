/**
 * A training set of the Hugging Face hub: `owner/name`, `owner/name@revision`, and with `:FILE` behind it where there is
 * more than one. Its file is brought into the cache that models are kept in, by commit, its hash checked.
 *
 * Without network the cache serves what it holds.
 */
import { readdir } from "node:fs/promises"
import { basename, join } from "node:path"
import { Effect } from "effect"
import { filesOf, type HubId } from "../../policy/checkpoint/hub.ts"
import { fetchFile, snapshotFolder } from "../../policy/checkpoint/model-cache.ts"
import { hubIdOf, type ModelSettings, offline, resolved } from "../../policy/checkpoint/model-source.ts"
import { ModelUnavailable } from "../../policy/checkpoint/model-unavailable.ts"

/** The paper's data on the hub. */
export const paperDataSet = "ypwang61/one_shot_rlvr"

export interface HubTrainingSet {
  readonly id: HubId
  /** A path in the data set, or the name at its end; null: the only one that there is. */
  readonly file: string | null
}

const isSet = (path: string): boolean => /\.(parquet|jsonl)$/i.test(path)

/** What a name says of the hub; null where it is the name of a file. */
export const hubTrainingSetOf = (name: string): HubTrainingSet | null => {
  const [before, file, ...more] = name.split(":")
  const id = hubIdOf(before)
  if (id === null || more.length > 0 || (file === undefined && isSet(name))) return null
  return { id: { ...id, name, repo: `datasets/${id.repo}` }, file: file ?? null }
}

/** pi1_r128 of pi1_r128.parquet, and of data/pi1_r128-00000-of-00001.parquet. */
const stem = (path: string): string => basename(path).replace(/(-\d{5}-of-\d{5})?\.\w+$/, "")

/** Those of the paths that a name may mean: the path itself, or else the same name whatever folder it is in. */
export const meantBy = (file: string | null, paths: ReadonlyArray<string>): ReadonlyArray<string> => {
  const sets = paths.filter(isSet)
  if (file === null) return sets
  const same = sets.filter((path) => path === file)
  return same.length > 0 ? same : sets.filter((path) => stem(path) === stem(file))
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
export const locateTrainingSet = Effect.fn("hubTrainingSet.locate")(function* (
  { file, id }: HubTrainingSet,
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
    const sets = files.map(({ path }) => path).filter(isSet)
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

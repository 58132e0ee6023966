/**
 * Loads a benchmark by its name: from a local folder, from the hub, or from the miniature's generator; or a file by path.
 *
 * A name stands for one content, whose hash the catalogue pins. A file of a benchmark's name with another content is
 * NAME_own: a set of one's own.
 */
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { Effect } from "effect"
import type { ModelSettings } from "../../policy/checkpoint/model-source.ts"
import { ModelUnavailable } from "../../policy/checkpoint/model-unavailable.ts"
import { hasRows } from "../file-rows.ts"
import { locateDataFile } from "../hub-data-file.ts"
import type { Family } from "../miniature/problem.ts"
import { problems } from "../miniature/problems.ts"
import { type Benchmark, type BenchmarkProblem, contentHash, type ReadProblem } from "./benchmark.ts"
import { BenchmarkInvalid } from "./benchmark-invalid.ts"
import type { CatalogueEntry, RowForm } from "./catalogue.ts"
import { pinBeside } from "./checksums.ts"
import { entryOf, familyOf, nameOfFile, unknown } from "./names.ts"
import { type ReadBenchmark, readBenchmark } from "./read-benchmark.ts"

export interface BenchmarkRequest {
  /** A name of `benchmarkNames`, whatever its case, or the path of a .jsonl or .parquet file. */
  readonly name: string
  /** The folder that has NAME.jsonl or NAME.parquet; null: the hub. */
  readonly dataDir: string | null
  /** The first so many problems, at least 1; null: all. */
  readonly limit: number | null
  /** Of the miniature's test problems. A uint32. */
  readonly testSeed: number
  readonly perFamily: number
}

type Problems = Benchmark["problems"]

const bare = ({ grouped, named, ...problem }: ReadProblem): BenchmarkProblem => problem

const cut = ([first, ...others]: ReadBenchmark["problems"], limit: number | null): Problems => [
  bare(first),
  ...(limit === null ? others : others.slice(0, Math.max(0, limit - 1))).map(bare)
]

const benchmarkOf = (
  { problems, sha256 }: Pick<ReadBenchmark, "problems" | "sha256">,
  limit: number | null,
  said: Pick<Benchmark, "name" | "title" | "kind" | "dataName" | "source">
): Benchmark => ({ ...said, sha256, total: problems.length, problems: cut(problems, limit) })

const ofEntry = ({ kind, name, title }: CatalogueEntry, source: string) => ({
  name,
  title,
  kind,
  dataName: name,
  source
})

const isPinned = ({ sha256, ungrouped }: CatalogueEntry, read: ReadBenchmark): boolean =>
  read.sha256 === sha256 || read.sha256 === ungrouped

/** The entry's content, and no other. */
const pinned = (entry: CatalogueEntry, file: string, read: ReadBenchmark) =>
  isPinned(entry, read)
    ? Effect.succeed(read)
    : Effect.fail(
        new BenchmarkInvalid({
          file,
          line: null,
          field: null,
          reason: "hash",
          detail: `it is not ${entry.title}: its ${read.problems.length} problems have the hash ${read.sha256}, those of ${entry.name} are ${entry.problems} with ${entry.sha256}`,
          next: `Get ${entry.name} again, or name the file by its path (--sets ${file}) to use it as a set of your own`
        })
      )

const inFolder = Effect.fn("loadBenchmark.inFolder")(function* (entry: CatalogueEntry, folder: string) {
  const paths = ["jsonl", "parquet"].map((ending) => join(folder, `${entry.name}.${ending}`))
  for (const path of paths)
    if (
      yield* Effect.promise(() =>
        stat(path).then(
          () => true,
          () => false
        )
      )
    ) {
      const read = yield* readBenchmark(path, entry.name, entry, yield* pinBeside(path))
      return { read: yield* pinned(entry, path, read), source: path }
    }
  return yield* new BenchmarkInvalid({
    file: paths[0],
    line: null,
    field: null,
    reason: "unreadable",
    detail: `there is no such file, and no ${entry.name}.parquet either`,
    next: "Name the folder that has it with --data, or none to take it from the hub"
  })
})

const onHub = Effect.fn("loadBenchmark.onHub")(function* (entry: CatalogueEntry, settings: ModelSettings) {
  const { file, repo, revision, sha256 } = entry.hub
  if (revision === null)
    return yield* new ModelUnavailable({
      model: entry.name,
      kind: "missing",
      reason: `no commit of ${repo} is known to have its ${entry.problems} problems as they are pinned`,
      next: `name a folder that has ${entry.name}.jsonl with --data, or a file of your own with --sets FILE`
    })
  const id = { name: `${repo}@${revision}:${file}`, repo: `datasets/${repo}`, revision }
  const path = yield* locateDataFile({ id, file }, settings)
  const pins = sha256 === null ? [] : [{ sha256, saidBy: `the catalogue of ${entry.name}` }]
  const read = yield* readBenchmark(path, entry.name, entry, pins)
  return { read: yield* pinned(entry, path, read), source: id.name }
})

/** A benchmark of the catalogue: from the folder, or from the hub where none is given. */
export const loadEntry = Effect.fn("loadBenchmark.entry")(function* (
  entry: CatalogueEntry,
  { dataDir, limit }: Pick<BenchmarkRequest, "dataDir" | "limit">,
  settings: ModelSettings
) {
  const { read, source } = yield* dataDir === null ? onHub(entry, settings) : inFolder(entry, dataDir)
  return benchmarkOf(read, limit, ofEntry(entry, source))
})

const ownForm: RowForm = { group: null, ids: "own", gold: "any" }

const byPath = Effect.fn("loadBenchmark.byPath")(function* (file: string, limit: number | null) {
  const name = nameOfFile(file)
  const entry = entryOf(name)
  const read = yield* readBenchmark(file, entry?.name ?? name, entry ?? ownForm)
  if (entry !== null && isPinned(entry, read)) return benchmarkOf(read, limit, ofEntry(entry, file))
  const isTaken = entry !== null || familyOf(name) !== null
  const own = isTaken ? `${entry?.name ?? name}_own` : name
  const said = { name: own, title: own, kind: read.kind, dataName: entry?.name ?? name, source: file }
  return benchmarkOf(read, limit, said)
})

const generated = Effect.fn("loadBenchmark.generated")(function* (
  family: Family,
  { limit, perFamily, testSeed }: BenchmarkRequest
) {
  const source = `the miniature's generator: ${family}, test seed ${testSeed}, ${perFamily} problems`
  const [first, ...others] = problems(family, { seed: testSeed, count: perFamily, split: "test" }).map(
    ({ answer, id, prompt }): ReadProblem => ({
      ...{ id, group: family, problem: prompt, answer },
      ...{ named: true, grouped: false }
    })
  )
  if (first === undefined)
    return yield* new BenchmarkInvalid({
      file: source,
      line: null,
      field: null,
      reason: "empty",
      detail: "it has no problems",
      next: "Ask for at least one of each family"
    })
  const read = { problems: [first, ...others] as const, sha256: contentHash([first, ...others]) }
  const title = `miniature: ${family}`
  return benchmarkOf(read, limit, { name: family, title, kind: "miniature", dataName: family, source })
})

/**
 * Loads a benchmark.
 *
 * Fails with UnknownBenchmark for a name that is none, BenchmarkInvalid for content that cannot be used or is another,
 * and ModelUnavailable where the hub does not have it.
 */
export const loadBenchmark = Effect.fn("loadBenchmark")(function* (request: BenchmarkRequest, settings: ModelSettings) {
  const { limit, name } = request
  if (hasRows(name)) return yield* byPath(name, limit)
  const family = familyOf(name)
  if (family !== null) return yield* generated(family, request)
  const entry = entryOf(name)
  return entry === null ? yield* unknown(name) : yield* loadEntry(entry, request, settings)
})

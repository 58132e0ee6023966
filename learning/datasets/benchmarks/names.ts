/**
 * What benchmarks are called: names whatever the case, with -, _, spaces or none of them between, some by other names too;
 * a path of a file is none.
 */
import { basename } from "node:path"
import { nearest } from "../../nearest.ts"
import { hasRows } from "../file-rows.ts"
import { type Family, families } from "../miniature/problem.ts"
import { UnknownBenchmark } from "./benchmark-invalid.ts"
import { type CatalogueEntry, catalogue } from "./catalogue.ts"

/** Every benchmark that has a name: those of the catalogue, and the families of the miniature. */
export const benchmarkNames: ReadonlyArray<string> = [...catalogue.map(({ name }) => name), ...families]

/** All families of the miniature at once. */
const miniature = "miniature"

/** How people write names differs in case and in what stands between words. */
const squeezed = (name: string): string => name.toLowerCase().replace(/[\s_-]+/g, "")

const aliases: Readonly<Record<string, string>> = {
  aime2024: "aime24",
  aime2025: "aime25",
  amc: "amc23",
  amc2023: "amc23",
  minerva: "minerva_math",
  olympiad: "olympiadbench",
  "arc-e": "arc_easy",
  "arc-c": "arc_challenge"
}

const meanings: ReadonlyMap<string, string> = new Map([
  ...benchmarkNames.map((name) => [squeezed(name), name] as const),
  ...Object.entries(aliases).map(([alias, name]) => [squeezed(alias), name] as const)
])

/** The name that is meant; null where it is none. */
export const canonical = (name: string): string | null => meanings.get(squeezed(name)) ?? null

export const entryOf = (name: string): CatalogueEntry | null =>
  catalogue.find((entry) => entry.name === canonical(name)) ?? null

export const familyOf = (name: string): Family | null => families.find((family) => family === canonical(name)) ?? null

/** The names that are meant, each once: "miniature" is its six families; paths and unknown names stay as they are. */
export const expandNames = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(
    names.flatMap((name) =>
      squeezed(name) === miniature ? families : [hasRows(name) ? name : (canonical(name) ?? name)]
    )
  )
]

export const unknown = (name: string): UnknownBenchmark =>
  new UnknownBenchmark({
    name,
    nearest: nearest(name, [...benchmarkNames, ...Object.keys(aliases), miniature]),
    known: [...benchmarkNames, `${miniature} (its six families)`]
  })

/** Events have room for 64 letters of set, limit and protocol together. */
const longestName = 36

/** A name from that of a file: `My Set-00000-of-00001.parquet` is my_set. */
export const nameOfFile = (file: string): string =>
  basename(file)
    .toLowerCase()
    .replace(/(-\d{5}-of-\d{5})?\.\w+$/, "")
    .replace(/[^a-z0-9_-]+/g, "_")
    .replace(/^[_-]+/, "")
    .slice(0, longestName) || "set"

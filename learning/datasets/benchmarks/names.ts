/**
 * What benchmarks are called: names whatever the case, - and _ alike, some by other names too; a path of a file is none.
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

const aliases: Readonly<Record<string, string>> = {
  math_500: "math500",
  aime_24: "aime24",
  aime2024: "aime24",
  aime_2024: "aime24",
  aime_25: "aime25",
  aime2025: "aime25",
  aime_2025: "aime25",
  amc: "amc23",
  amc_23: "amc23",
  amc2023: "amc23",
  amc_2023: "amc23",
  minerva: "minerva_math",
  minervamath: "minerva_math",
  olympiad: "olympiadbench",
  olympiad_bench: "olympiadbench",
  arc_e: "arc_easy",
  arc_c: "arc_challenge"
}

/** The name that is meant; null where it is none. */
export const canonical = (name: string): string | null => {
  const plain = name.trim().toLowerCase().replaceAll("-", "_")
  const meant = Object.hasOwn(aliases, plain) ? aliases[plain] : plain
  return benchmarkNames.includes(meant) ? meant : null
}

export const entryOf = (name: string): CatalogueEntry | null =>
  catalogue.find((entry) => entry.name === canonical(name)) ?? null

export const familyOf = (name: string): Family | null => families.find((family) => family === canonical(name)) ?? null

/** The names that are meant, each once: "miniature" is its six families; paths and unknown names stay as they are. */
export const expandNames = (names: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(
    names.flatMap((name) =>
      name.trim().toLowerCase() === miniature ? families : [hasRows(name) ? name : (canonical(name) ?? name)]
    )
  )
]

export const unknown = (name: string): UnknownBenchmark =>
  new UnknownBenchmark({
    name,
    nearest: nearest(name, [...benchmarkNames, ...Object.keys(aliases), miniature]),
    known: [...benchmarkNames, `${miniature} (its six families)`]
  })

/** A name from that of a file: `My Set-00000-of-00001.parquet` is my_set. */
export const nameOfFile = (file: string): string =>
  basename(file)
    .toLowerCase()
    .replace(/(-\d{5}-of-\d{5})?\.\w+$/, "")
    .replace(/[^a-z0-9_-]+/g, "_") || "set"

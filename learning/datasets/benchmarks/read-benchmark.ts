/**
 * Reads the problems of a benchmark from a file, and checks them against each other.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { bytesOf, placeOf, rowsOf } from "../file-rows.ts"
import { contentHash, type ReadProblem } from "./benchmark.ts"
import { BenchmarkInvalid } from "./benchmark-invalid.ts"
import { type BenchmarkRow, benchmarkRow } from "./benchmark-row.ts"
import type { RowForm } from "./catalogue.ts"
import { refuse } from "./fields.ts"

/** A SHA-256 that a file's bytes must have, and who says so. */
export interface FilePin {
  readonly sha256: string
  readonly saidBy: string
}

export interface ReadBenchmark {
  readonly kind: "math" | "choice"
  readonly sha256: string
  readonly problems: readonly [ReadProblem, ...ReadonlyArray<ReadProblem>]
}

const checked = (file: string, bytes: Uint8Array, pins: ReadonlyArray<FilePin>) => {
  const sha256 = createHash("sha256").update(bytes).digest("hex")
  const other = pins.find((pin) => pin.sha256 !== sha256)
  if (other === undefined) return Effect.void
  const detail = `its bytes have the SHA-256 ${sha256}, but ${other.saidBy} says ${other.sha256}`
  const next = "Get the file again, or name it by its path to use it as a set of your own"
  return Effect.fail(new BenchmarkInvalid({ file, line: null, field: null, reason: "hash", detail, next }))
}

/**
 * Reads and checks a benchmark's problems. Fails with BenchmarkInvalid, which names file, line and field.
 *
 * @param file a path that ends in .parquet or .jsonl
 * @param name what ids that say a place begin with, and the group of rows that name none
 */
export const readBenchmark = Effect.fn("readBenchmark")(function* (
  file: string,
  name: string,
  form: RowForm,
  pins: ReadonlyArray<FilePin> = []
) {
  const rows = yield* bytesOf(file).pipe(
    Effect.tap((bytes) => checked(file, bytes, pins)),
    Effect.flatMap((bytes) => rowsOf(file, bytes)),
    Effect.catchTag("RowsUnreadable", ({ detail, field, line, next, reason }) =>
      Effect.fail(new BenchmarkInvalid({ file, line, field, reason, detail, next }))
    )
  )
  const problems: Array<ReadProblem> = []
  const lines = new Map<string, number>()
  let first: BenchmarkRow | null = null
  for (const [index, { at, value }] of rows.entries()) {
    const place = { file, line: at }
    const row: BenchmarkRow = yield* benchmarkRow(value, form, place)
    first ??= row
    if ((row.choices === null) !== (first.choices === null))
      return yield* refuse(place, "choices", "missing", "some of its rows have choices, and some have none")
    const byPlace = `${name}/${index}`
    const before = lines.get(row.id ?? byPlace)
    if (before !== undefined)
      return yield* refuse(
        place,
        "id",
        "duplicate",
        `${JSON.stringify(row.id ?? byPlace)} names ${placeOf(file, before)} too`,
        "Give each problem an id of its own, or none an id"
      )
    lines.set(row.id ?? byPlace, at)
    const named = row.id !== null && form.ids === "own"
    problems.push({
      id: named && row.id !== null ? row.id : byPlace,
      named,
      grouped: row.group !== null,
      group: row.group ?? name,
      problem: row.problem,
      answer: row.answer,
      ...(row.choices === null ? {} : { choices: row.choices })
    })
  }
  const [one, ...others] = problems
  if (one === undefined || first === null)
    return yield* new BenchmarkInvalid({
      file,
      line: null,
      field: null,
      reason: "empty",
      detail: "it has no problems",
      next: "Give at least one"
    })
  const kind = first.choices === null ? "math" : "choice"
  const read: ReadBenchmark = { kind, sha256: contentHash(problems), problems: [one, ...others] }
  return read
})

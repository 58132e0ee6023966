/**
 * A benchmark: problems with one answer each that counts as right.
 */
import { createHash } from "node:crypto"

export interface Choice {
  /** "A", "B" … */
  readonly label: string
  readonly text: string
}

export interface BenchmarkProblem {
  /** Unique in its benchmark. */
  readonly id: string
  /** What figures are grouped by beside all of them: MATH-500's subject, a family of the miniature; else the benchmark. */
  readonly group: string
  /** Without an instruction. */
  readonly problem: string
  /** Of multiple choice the label. */
  readonly answer: string
  readonly choices?: ReadonlyArray<Choice>
}

export interface Benchmark {
  /** As the catalogue lists it, or from a file's name; [a-z0-9_-]. */
  readonly name: string
  readonly title: string
  readonly kind: "math" | "choice" | "miniature"
  /** What Qwen2.5-Eval calls it: by that its grader knows whose answers keep their units. */
  readonly dataName: string
  /** Where it was read: a path, or `owner/name@commit:file` of the hub, or the generator with its seed. */
  readonly source: string
  /** SHA-256 of the content, all of it, whatever the limit. */
  readonly sha256: string
  /** Problems that there are; `problems` has the first of them where a limit was asked for. */
  readonly total: number
  readonly problems: readonly [BenchmarkProblem, ...ReadonlyArray<BenchmarkProblem>]
}

/** A problem, and what of it stood in the file. */
export interface ReadProblem extends BenchmarkProblem {
  /** Whether its id did. */
  readonly named: boolean
  /** Whether its group did. */
  readonly grouped: boolean
}

/**
 * SHA-256 of what is asked and what counts as right: a line `[id, problem, answer, choices]` of JSON for each problem in
 * order, UTF-8, newline behind each. `id` is null where it only says the place; `choices` is `[[label, text], …]` or null;
 * the group stands behind them where the row says it.
 *
 * So it is the same for JSONL and parquet, whatever the order of keys, the white space and the other columns.
 */
export const contentHash = (problems: ReadonlyArray<ReadProblem>): string => {
  const hash = createHash("sha256")
  for (const { answer, choices, group, grouped, id, named, problem } of problems) {
    const pairs = choices?.map(({ label, text }) => [label, text]) ?? null
    hash.update(`${JSON.stringify([named ? id : null, problem, answer, pairs, ...(grouped ? [group] : [])])}\n`)
  }
  return hash.digest("hex")
}

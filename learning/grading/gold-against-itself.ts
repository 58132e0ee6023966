/**
 * For the tests and the bench: the gold answers of the benchmarks, each put in a box and graded against itself. What a
 * grader refuses here no model can earn.
 */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { grade } from "./grade.ts"
import { type GradingMode, gradingModes } from "./modes.ts"

const folder = new URL("../../../shared/data/benchmarks/", import.meta.url)

export const benchmarks = ["math500", "aime24", "aime25", "amc23", "minerva_math", "olympiadbench"] as const

export type Accepted = Readonly<Record<GradingMode | "problems", number>>

const golds = (name: string): ReadonlyArray<string> =>
  readFileSync(fileURLToPath(new URL(`${name}.jsonl`, folder)), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): string => JSON.parse(line).answer)

/** The golds of a benchmark that a mode refuses. */
export const refused = (name: string, mode: GradingMode): ReadonlyArray<string> =>
  golds(name).filter(
    (gold) => grade({ id: gold, text: `\\boxed{${gold}}`, reference: gold, mode, dataName: name }).verdict !== "correct"
  )

/** How many each mode accepts; null where the data is not there. */
export const goldGraded = (): ReadonlyMap<string, Accepted> | null => {
  if (!existsSync(folder)) return null
  const accepted = (name: string): Accepted => {
    const problems = golds(name).length
    const [exact, deepscaler, qwen] = gradingModes.map((mode) => problems - refused(name, mode).length)
    return { problems, exact, deepscaler, qwen }
  }
  return new Map(benchmarks.map((name) => [name, accepted(name)]))
}

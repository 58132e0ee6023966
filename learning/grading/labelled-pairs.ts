/**
 * For the tests and the bench: answers with the verdicts of the official graders, and how often ours agree.
 */
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { grade } from "./grade.ts"
import type { GradingMode } from "./modes.ts"

export interface LabelledPair {
  readonly id: string
  readonly gold: string
  readonly completion: string
  readonly family: string
  readonly data_name: string
  readonly labels: { readonly qwen: boolean; readonly deepscaler: boolean; readonly math_verify: boolean }
  /** What a right grader would say; null where nobody said. */
  readonly intended: boolean | null
}

const file = fileURLToPath(new URL("../../../shared/data/verify/verify_dev.jsonl", import.meta.url))

const linesOf = <A>(path: string): ReadonlyArray<A> =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): A => JSON.parse(line))

/** Null where the data is not there. */
export const labelled = (): ReadonlyArray<LabelledPair> | null =>
  existsSync(file) ? linesOf<LabelledPair>(file) : null

const pathologicalFile = fileURLToPath(new URL("../../../shared/data/verify/pathological.jsonl", import.meta.url))

export interface PathologicalPair {
  readonly id: string
  readonly gold: string
  readonly completion: string
}

export const pathological = (): ReadonlyArray<PathologicalPair> | null =>
  existsSync(pathologicalFile) ? linesOf<PathologicalPair>(pathologicalFile) : null

/** Families of completions that a model or a person wrote, and nobody varied. */
export const realFamilies: ReadonlySet<string> = new Set([
  "math_cot_100",
  "tora_gsm8k",
  "nemo_math_equal",
  "solution_text"
])

export interface Family {
  readonly pairs: number
  readonly agreed: number
  /** Pairs labelled wrong, and those of them that were accepted. */
  readonly negatives: number
  readonly falseAccepts: number
  readonly gaveUp: number
}

const none: Family = { pairs: 0, agreed: 0, negatives: 0, falseAccepts: 0, gaveUp: 0 }

const plus = (a: Family, b: Family): Family => ({
  pairs: a.pairs + b.pairs,
  agreed: a.agreed + b.agreed,
  negatives: a.negatives + b.negatives,
  falseAccepts: a.falseAccepts + b.falseAccepts,
  gaveUp: a.gaveUp + b.gaveUp
})

const wantedOf = ({ intended, labels }: LabelledPair, mode: GradingMode): boolean | null =>
  mode === "exact" ? intended : labels[mode]

/** How often a mode agrees with its labels, by family. */
export const agreement = (pairs: ReadonlyArray<LabelledPair>, mode: GradingMode): Map<string, Family> => {
  const families = new Map<string, Family>()
  for (const pair of pairs) {
    const { completion, data_name: dataName, family, gold, id } = pair
    const { verdict } = grade({ id, text: completion, reference: gold, mode, dataName, where: "anywhere" })
    const wanted = wantedOf(pair, mode)
    if (wanted === null) continue
    const isRight = verdict === "correct"
    const one: Family = {
      pairs: 1,
      agreed: isRight === wanted ? 1 : 0,
      negatives: wanted ? 0 : 1,
      falseAccepts: isRight && !wanted ? 1 : 0,
      gaveUp: verdict === "unknown" ? 1 : 0
    }
    families.set(family, plus(families.get(family) ?? none, one))
  }
  return families
}

export const overall = (families: ReadonlyMap<string, Family>): Family => [...families.values()].reduce(plus, none)

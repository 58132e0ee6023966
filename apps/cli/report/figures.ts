/**
 * Which figures of a run are told, and under what names: the same for the terminal's table, the page and the JSON line.
 *
 * What was not measured is null and shown as such: unknown is not zero.
 */
import type { EvaluationResult } from "../../../schemas/evaluation-completed.ts"
import type { RunSummary } from "./summary.ts"

/** A share in 0..1, with its 95 % interval where it has one. */
export interface Figure {
  readonly value: number
  readonly interval: readonly [low: number, high: number] | null
}

export interface Comparison {
  readonly label: string
  readonly base: Figure | null
  readonly trained: Figure | null
}

export interface FamilyComparison {
  readonly family: string
  /** Problems in it. */
  readonly problems: number
  readonly greedy: Comparison
  readonly sampled: Comparison
}

/** The group that holds all problems. */
const everything = "all"

export const groupNamed = (results: ReadonlyArray<EvaluationResult>, group: string): EvaluationResult | null =>
  results.find((result) => result.group === group) ?? null

/** The results over all problems, null where none were measured. */
export const overall = (results: ReadonlyArray<EvaluationResult>): EvaluationResult | null =>
  groupNamed(results, everything)

const accuracy = (result: EvaluationResult | null): Figure | null =>
  result === null ? null : { value: result.accuracy, interval: [result.low, result.high] }

const plain = (value: number | undefined): Figure | null => (value === undefined ? null : { value, interval: null })

/** Answers sampled for each problem, 0 where none were. */
export const samplesPerProblem = ({ base, trained }: RunSummary): number =>
  (overall(trained.sampled) ?? overall(base.sampled))?.samplesPerProblem ?? 0

/** Held-out problems the trained policy was measured on. */
export const heldOutProblems = ({ base, trained }: RunSummary): number =>
  (overall(trained.greedy) ?? overall(base.greedy))?.problems ?? 0

/** What the run was trained on, by id; many are counted. */
export const trainedOn = ({ config }: RunSummary): string =>
  config.prompts.length <= 3
    ? config.prompts.map(({ promptId }) => promptId).join(", ")
    : `${config.prompts.length} examples`

/** Trained minus base; null where either is unknown. */
export const change = ({ base, trained }: Comparison): number | null =>
  base === null || trained === null ? null : trained.value - base.value

/** Base against trained over all held-out problems, then on the training example itself. */
export const headline = (summary: RunSummary): ReadonlyArray<Comparison> => {
  const { base, trained } = summary
  const k = samplesPerProblem(summary)
  const compare = (label: string, of: (policy: RunSummary["base"]) => Figure | null): Comparison => ({
    label,
    base: of(base),
    trained: of(trained)
  })
  return [
    compare("greedy", ({ greedy }) => accuracy(overall(greedy))),
    compare(`avg@${k}`, ({ sampled }) => accuracy(overall(sampled))),
    compare(`pass@${k}`, ({ sampled }) => plain(overall(sampled)?.passAtK)),
    compare("boxed", ({ sampled }) => plain(overall(sampled)?.boxed)),
    compare(summary.config.prompts.length > 1 ? "training examples" : "training example", ({ train }) =>
      accuracy(overall(train))
    )
  ]
}

/** Family by family, in the order in which they were measured. */
export const families = ({ base, trained }: RunSummary): ReadonlyArray<FamilyComparison> => {
  const measured = [base.greedy, trained.greedy, base.sampled, trained.sampled].flat()
  const names = new Set(measured.map(({ group }) => group).filter((group) => group !== everything))
  return [...names].map((family) => {
    const compare = (label: string, kind: "greedy" | "sampled"): Comparison => ({
      label,
      base: accuracy(groupNamed(base[kind], family)),
      trained: accuracy(groupNamed(trained[kind], family))
    })
    return {
      family,
      problems: measured.find(({ group }) => group === family)?.problems ?? 0,
      greedy: compare("greedy", "greedy"),
      sampled: compare("sampled", "sampled")
    }
  })
}

/** A share to three places. */
export const share = (value: number): string => value.toFixed(3)

/** A difference of shares to three places, with its sign; the minus is an ASCII hyphen. */
export const signed = (value: number): string => {
  const text = value.toFixed(3)
  return Number(text) === 0 ? "0.000" : value > 0 ? `+${text}` : text
}

/**
 * Judged anew, for a person: test by test, step by step what was earned, and the verdicts that changed.
 */
import { clipped } from "../report/columns.ts"
import { share, signed } from "../report/figures.ts"
import { type Alignment, aligned, cell } from "../report/grid.ts"
import { printableLine } from "../report/hostile-text.ts"
import { absent, type Terminal } from "../report/terminal.ts"
import type { Judgement, Turn } from "./judged.ts"
import type { Regraded } from "./regraded.ts"
import type { RepaidStep } from "./rewards.ts"
import { type Changed, type Estimate, type RegradeResult, sumOf } from "./tally.ts"

const table = (
  terminal: Terminal,
  columns: ReadonlyArray<readonly [head: string, alignment: Alignment]>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): string =>
  aligned(
    [
      columns.map(([head]) => cell(terminal, head, "quiet")),
      ...rows.map((row) => row.map((text) => cell(terminal, text)))
    ],
    columns.map(([, alignment]) => alignment)
  )
    .map(({ shown }) => shown)
    .join("\n")

/** What each turn is called above its column. */
const titles: Readonly<Record<Turn, string>> = {
  rightToWrong: "to wrong",
  wrongToRight: "to right",
  nowUnknown: "to unknown",
  wasUnknown: "from unknown"
}

const estimate = (terminal: Terminal, told: Estimate | null, value = share): string => {
  if (told === null) return absent(terminal)
  const { interval } = told
  return interval === null ? value(told.value) : `${value(told.value)} [${value(interval[0])}, ${value(interval[1])}]`
}

const stepOf = (terminal: Terminal, step: number | null): string => (step === null ? absent(terminal) : String(step))

const resultsTable = (terminal: Terminal, results: ReadonlyArray<RegradeResult>): string =>
  table(
    terminal,
    [
      ...[["test", "left"] as const, ["step", "right"] as const, ["answers", "right"] as const],
      ...(["recorded", "now", "difference"] as const).map((name) => [name, "left"] as const),
      ["changed", "right"],
      ...Object.values(titles).map((title) => [title, "right"] as const)
    ],
    results.map((result) => [
      clipped(printableLine(result.test), 24),
      stepOf(terminal, result.step),
      String(result.answers),
      estimate(terminal, result.recorded),
      estimate(terminal, result.now),
      estimate(terminal, result.difference, signed),
      ...(result.compared === 0
        ? ["changed", ...Object.keys(titles)].map(() => absent(terminal))
        : [result.changed, result.rightToWrong, result.wrongToRight, result.nowUnknown, result.wasUnknown].map(String))
    ])
  )

const rewardsTable = (terminal: Terminal, rewards: ReadonlyArray<RepaidStep>): string => {
  const part = (value: number | null) => (value === null ? absent(terminal) : share(value))
  const heads = ["step", "rollouts", "mean reward recorded", "now", "groups without signal recorded", "now"]
  return table(
    terminal,
    [...heads, "changed", "unknown"].map((head) => [head, "right"] as const),
    rewards.map((each) => [
      ...[String(each.step), String(each.rollouts), share(each.recorded), share(each.now)],
      ...[part(each.recordedZeroSignal), part(each.nowZeroSignal), String(each.changed), String(each.unknown)]
    ])
  )
}

const judgement = (terminal: Terminal, { extracted, rule, verdict }: Judgement): ReadonlyArray<string> => [
  verdict,
  extracted === null ? absent(terminal) : clipped(printableLine(extracted), 24),
  rule === null ? absent(terminal) : clipped(printableLine(rule), 28)
]

const changedTable = (terminal: Terminal, changed: ReadonlyArray<Changed>): string =>
  table(
    terminal,
    [
      ...[["test", "left"] as const, ["step", "right"] as const, ["problem", "left"] as const],
      ...[["sample", "right"] as const, ["gold", "left"] as const],
      ...["recorded", "extracted", "rule", "now", "extracted", "rule"].map((head) => [head, "left"] as const)
    ],
    changed.map(({ gold, now, problem, recorded, sample, step, test }) => [
      clipped(printableLine(test), 24),
      stepOf(terminal, step),
      clipped(printableLine(problem), 24),
      String(sample),
      clipped(printableLine(gold), 24),
      ...judgement(terminal, recorded ?? { verdict: "unknown", extracted: null, rule: null }),
      ...judgement(terminal, now)
    ])
  )

const summaryOf = ({ changed, results }: Regraded): string => {
  const answers = results.reduce((sum, each) => sum + each.answers, 0)
  const compared = results.reduce((sum, each) => sum + each.compared, 0)
  if (compared === 0) return `${answers} answers; none came with a verdict to compare with`
  const sum = sumOf(results)
  const { nowUnknown, rightToWrong, wasUnknown, wrongToRight } = sum
  const told = `${rightToWrong} right to wrong, ${wrongToRight} wrong to right, ${nowUnknown} now unknown, ${wasUnknown} that were unknown`
  const of = compared === answers ? "" : ` of the ${compared} that came with one`
  return `${answers} answers, ${changed.length} verdicts changed${of}: ${told}`
}

/** @param most how many changed verdicts are shown */
export const tablesOf = (terminal: Terminal, regraded: Regraded, most: number): string => {
  const { changed, mode, results, rewards } = regraded
  const shown = changed.slice(0, most)
  const isCut = shown.length < changed.length
  const title = isCut
    ? `changed verdicts: ${shown.length} of ${changed.length}, more with --changes N, all with --json`
    : "changed verdicts"
  const parts = [
    ...(mode !== null || changed.length > 0 ? [resultsTable(terminal, results), summaryOf(regraded)] : []),
    ...(rewards.length > 0 ? [rewardsTable(terminal, rewards)] : []),
    ...(shown.length > 0 ? [`${title}\n${changedTable(terminal, shown)}`] : isCut ? [title] : [])
  ]
  return `${parts.join("\n\n")}\n`
}

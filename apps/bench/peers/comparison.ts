/**
 * What came of the rounds: medians by tool, and the ratios that were asked for.
 *
 * A ratio is of medians over rounds; its range says what single rounds gave. More than 1 is in Onefold's favour.
 */
import { median, type ToolLine } from "./tool-line.ts"
import type { ToolName } from "./tools.ts"

/** The lines of one job and thread count, by tool, in the order of the rounds. */
export type Rounds = ReadonlyMap<ToolName, ReadonlyArray<ToolLine>>

export interface Ratio {
  readonly name: string
  readonly value: number
  readonly least: number
  readonly most: number
  readonly asked: number
}

type Measure = (line: ToolLine) => number

const phase =
  (name: string): Measure =>
  ({ wall_s }) =>
    wall_s[name] ?? Number.NaN
const memory: Measure = ({ peak_rss_gb }) => peak_rss_gb

/** How much faster than TRL a step has to be. */
const stepToTrl: Readonly<Record<string, number>> = { mini: 2, small: 2.5, smol: 3 }

const askedOf = (job: string): ReadonlyArray<readonly [string, ToolName, Measure, number]> => [
  ["step, torch_loop's to ours", "torch_loop", phase("step"), 1],
  ["step, TRL's to ours", "trl", phase("step"), stepToTrl[job] ?? 1],
  ["generation, torch_loop's to ours", "torch_loop", phase("generate"), 1],
  ["generation, transformers' to ours", "hf_generate", phase("generate"), 2],
  ["training, torch_loop's to ours", "torch_loop", phase("train"), 1.1],
  ["peak memory, torch_loop's to ours", "torch_loop", memory, 1]
]

/** The ratios that the tools at hand allow. */
export const ratios = (job: string, rounds: Rounds): ReadonlyArray<Ratio> => {
  const ours = rounds.get("onefold") ?? []
  return askedOf(job).flatMap(([name, tool, measure, asked]) => {
    const theirs = rounds.get(tool) ?? []
    if (ours.length === 0 || theirs.length === 0) return []
    const each = theirs.slice(0, ours.length).map((line, round) => measure(line) / measure(ours[round]))
    const value = median(theirs.map(measure)) / median(ours.map(measure))
    return [{ name, value, least: Math.min(...each), most: Math.max(...each), asked }]
  })
}

const columns = ["generate", "reference", "train", "step"] as const

/** TRL counts its padding among the reference's. */
const secondsOf = (line: ToolLine, column: (typeof columns)[number]): number =>
  line.wall_s[column] ?? (column === "reference" ? line.wall_s.reference_other : undefined) ?? Number.NaN

const cell = (value: number): string => (Number.isNaN(value) ? "" : value.toFixed(2)).padStart(11)

/** The table of one job and thread count, with the paper floor and the ratios below it. */
export const comparisonText = (
  job: string,
  threads: number,
  rounds: Rounds,
  floor: Readonly<Record<(typeof columns)[number], number>> | null
): string => {
  const rows = [...rounds].map(([tool, lines]) => {
    const seconds = columns.map((column) => cell(median(lines.map((line) => secondsOf(line, column)))))
    return `${tool.padEnd(12)}${seconds.join("")}${cell(median(lines.map(memory)))}`
  })
  const ours = rounds.get("onefold") ?? []
  const share = (column: (typeof columns)[number]): string =>
    floor === null || ours.length === 0
      ? ""
      : `${Math.round((100 * floor[column]) / median(ours.map(phase(column))))} %`.padStart(11)
  const floorRows =
    floor === null
      ? []
      : [
          `${"paper floor".padEnd(12)}${columns.map((column) => cell(floor[column])).join("")}`,
          `${"ours reaches".padEnd(12)}${columns.map(share).join("")}`
        ]
  const found = ratios(job, rounds).map(
    ({ asked, least, most, name, value }) =>
      `  ${name.padEnd(36)}${value.toFixed(2)}  (${least.toFixed(2)} to ${most.toFixed(2)}; asked ${asked})${value < asked ? "  short" : ""}`
  )
  return [
    `${job}, ${threads} thread${threads === 1 ? "" : "s"}, medians of ${ours.length} rounds, seconds`,
    `${"".padEnd(12)}${columns.map((column) => column.padStart(11)).join("")}${"peak GiB".padStart(11)}`,
    ...rows,
    ...floorRows,
    ...found
  ].join("\n")
}

/**
 * A ranking as it is printed: a table for a person, a line for a program.
 */
import type { Ranked } from "../../learning/selection/ranking.ts"
import type { ScoreName } from "../../learning/selection/scores.ts"
import { clipped } from "./report/columns.ts"
import { type Alignment, aligned, cell } from "./report/grid.ts"
import { printableLine } from "./report/hostile-text.ts"
import { absent, type Terminal } from "./report/terminal.ts"

/** Widest label that is shown whole, in columns. */
const widestLabel = 40

const figure = (value: number): string => value.toFixed(5)

/** Lines of a table. The score has a column of its own where it is none of the others. */
export const rankTable = (terminal: Terminal, ranking: ReadonlyArray<Ranked>, by: ScoreName): ReadonlyArray<string> => {
  const ownScore = by !== "std"
  const head = ["rank", "index", ...(ownScore ? [by] : []), "std", "variance", "mean", "label"]
  const alignments = head.map((name): Alignment => (name === "index" || name === "label" ? "left" : "right"))
  const rows = ranking.map(({ index, label, mean, rank, score, std, variance }) => [
    String(rank),
    printableLine(index),
    ...(ownScore ? [figure(score)] : []),
    figure(std),
    figure(variance),
    mean.toFixed(3),
    label === null ? absent(terminal) : clipped(printableLine(label), widestLabel)
  ])
  const cells = [
    head.map((text) => cell(terminal, text, "quiet")),
    ...rows.map((row) => row.map((text) => cell(terminal, text)))
  ]
  return aligned(cells, alignments).map(({ shown }) => shown)
}

/** One example as one JSON line has it. */
export const rankLine = ({ visits, ...example }: Ranked) => ({
  type: "rank",
  rank: example.rank,
  index: example.index,
  std: example.std,
  variance: example.variance,
  mean: example.mean,
  score: example.score,
  label: example.label,
  history: visits
})

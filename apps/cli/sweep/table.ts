/**
 * The ranking of a sweep, for a person as a table and for a program as JSON lines.
 */
import { share } from "../report/figures.ts"
import { aligned, cell } from "../report/grid.ts"
import { duration } from "../report/progress.ts"
import { absent, type Terminal } from "../report/terminal.ts"
import { gainText } from "./progress.ts"
import type { Ranked } from "./ranking.ts"

/** 1234567 is 1.23 M. */
const many = (count: number): string => (count < 1e6 ? `${Math.round(count / 1e3)} k` : `${(count / 1e6).toFixed(2)} M`)

export const rankingTable = (runs: ReadonlyArray<Ranked>, terminal: Terminal): string => {
  const headings = [
    "rank",
    "example",
    "seed",
    "base",
    "after",
    "gain (95 %)",
    "saturation",
    "no signal",
    "tokens",
    "time"
  ]
  const rows = runs.map((run) =>
    [
      String(run.rank),
      run.example,
      String(run.seed),
      share(run.before / run.problems),
      share(run.after / run.problems),
      gainText(run),
      run.saturation === null ? absent(terminal) : String(run.saturation),
      share(run.zeroSignalGroups),
      many(run.tokens),
      duration(1000 * run.seconds)
    ].map((text) => cell(terminal, text))
  )
  const right = "right" as const
  const lines = aligned(
    [headings.map((heading) => cell(terminal, heading, "quiet")), ...rows],
    [right, "left", right, right, right, right, right, right, right, right]
  )
  return `${lines.map(({ shown }) => shown).join("\n")}\n`
}

/** Documented in docs/sweep.md. */
export const rankingFields = (run: Ranked) => ({
  type: "sweep",
  run: run.run,
  example: run.example,
  seed: run.seed,
  gain: run.gain,
  low: run.low,
  high: run.high,
  saturation: run.saturation,
  zeroSignalGroups: run.zeroSignalGroups,
  tokens: run.tokens,
  seconds: run.seconds,
  rank: run.rank,
  base: run.before / run.problems,
  trained: run.after / run.problems,
  policy: run.policy
})

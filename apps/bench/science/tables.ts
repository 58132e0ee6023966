/**
 * The tables of docs/science.md as Markdown, from the evidence. Pure.
 */
import { share, signed } from "../../cli/report/figures.ts"
import { gainText } from "../../cli/sweep/progress.ts"
import { ranked } from "../../cli/sweep/ranking.ts"
import { type Arm, arms } from "./arms.ts"
import type { ArmRun, Evaluation, Evidence } from "./evidence.ts"
import { type Measured, runsOf } from "./measured.ts"
import type { Sizes } from "./sizes.ts"
import { meanOf, type OverSeeds, pooled } from "./statistics.ts"
import type { Stopwatch } from "./stopwatch.ts"
import type { Verdict } from "./verdicts.ts"

type Row = ReadonlyArray<string>

/** A Markdown table; bars in cells cannot end them. */
export const table = (headings: Row, rows: ReadonlyArray<Row>): string =>
  [headings, headings.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n")

export const withInterval = ({ high, low, mean }: OverSeeds): string => gainText({ gain: mean, low, high })

const absent = "–"

/** Base (first) or last policy of a run by a protocol, over all problems. */
const at = ({ evaluations, planned }: ArmRun, which: "base" | "last", protocol: (name: string) => boolean) =>
  evaluations.find(
    (row) =>
      row.family === "all" && protocol(row.protocol) && row.step === (which === "base" ? 0 : planned.config.steps)
  )

const isGreedy = (name: string): boolean => name === "greedy"
const isSampled = (name: string): boolean => name.startsWith("avg@")

const shown = (row: Evaluation | undefined, of: (row: Evaluation) => number): string =>
  row === undefined ? absent : share(of(row))

const wanted = (
  runs: ReadonlyArray<ArmRun>
): ReadonlyArray<{ readonly arm: Arm; readonly own: ReadonlyArray<ArmRun> }> =>
  arms.map((arm) => ({ arm, own: runsOf(runs, arm.name) })).filter(({ own }) => own.length > 0)

const meanShown = (
  runs: ReadonlyArray<ArmRun>,
  which: "base" | "last",
  protocol: (name: string) => boolean,
  of: (row: Evaluation) => number
) => {
  const values = runs.flatMap((run) => {
    const row = at(run, which, protocol)
    return row === undefined ? [] : [of(row)]
  })
  return values.length === 0 ? absent : share(meanOf(values))
}

const accuracy = (row: Evaluation): number => row.accuracy
const passAtK = (row: Evaluation): number => row.passAtK
const boxed = (row: Evaluation): number => row.boxed

/** One line an arm, means over seeds; the base first. */
export const armTable = ({ runs }: Evidence, measured: Measured, samples: number): string => {
  const headings = ["arm", "gain in greedy (95 %)", "by seed", "greedy", `avg@${samples}`, `pass@${samples}`, "boxed"]
  const means = (own: ReadonlyArray<ArmRun>, which: "base" | "last") => [
    meanShown(own, which, isGreedy, accuracy),
    meanShown(own, which, isSampled, accuracy),
    meanShown(own, which, isSampled, passAtK),
    meanShown(own, which, isSampled, boxed)
  ]
  const first = wanted(runs)[0]
  const base = first === undefined ? [] : [["base", absent, absent, ...means(first.own, "base")]]
  const rows = wanted(runs).map(({ arm, own }) => {
    const gain = measured.gain(arm.name)
    const gains = gain === null ? [absent, absent] : [withInterval(gain), gain.bySeed.map(signed).join(", ")]
    return [arm.title, ...gains, ...means(own, "last")]
  })
  return table(headings, [...base, ...rows])
}

/** One line a run. */
export const runTable = ({ runs }: Evidence): string =>
  table(
    [
      "run",
      "arm",
      "seed / test seed",
      "greedy",
      "trained greedy (95 %)",
      "won / lost",
      "sampled",
      "pass",
      "boxed",
      "saturation",
      "no signal",
      "seconds"
    ],
    runs.map((run) => {
      const { figures, planned } = run
      const [before, after] = [at(run, "base", isGreedy), at(run, "last", isGreedy)]
      const [base, last] = [at(run, "base", isSampled), at(run, "last", isSampled)]
      const change = (of: (row: Evaluation) => number): string => `${shown(base, of)} → ${shown(last, of)}`
      return [
        `\`${planned.runId}\``,
        planned.arm.name,
        `${planned.seed} / ${planned.testSeed}`,
        shown(before, accuracy),
        `${shown(after, accuracy)} (${shown(after, (row) => row.low)}–${shown(after, (row) => row.high)})`,
        `${figures.won} / ${figures.lost}`,
        ...[change(accuracy), change(passAtK), change(boxed)],
        figures.saturation === null ? absent : String(figures.saturation),
        share(figures.zeroSignalGroups),
        figures.seconds.toFixed(0)
      ]
    })
  )

/** Training and held-out accuracy at the steps that were evaluated, means over seeds. */
export const curveTable = ({ runs }: Evidence): string => {
  const greedy = (run: ArmRun) => run.evaluations.filter((row) => row.family === "all" && isGreedy(row.protocol))
  const steps = [...new Set(runs.flatMap((run) => greedy(run).map(({ step }) => step)))].sort((a, b) => a - b)
  const rows = wanted(runs).flatMap(({ arm, own }) => {
    const heldOut = steps.map((step) => own.flatMap((run) => greedy(run).filter((row) => row.step === step)))
    // A policy's own rollouts are those that the next update learned from; the last has none, and stands as the one before.
    const training = steps.map((step) =>
      own.flatMap((run) => run.training.filter((row) => row.step === Math.min(step + 1, run.planned.config.steps)))
    )
    const cells = (lists: ReadonlyArray<ReadonlyArray<number>>): Row =>
      lists.map((list) => (list.length === 0 ? absent : share(meanOf(list))))
    return [
      [arm.title, "training", ...cells(training.map((list) => list.map(({ solved }) => solved)))],
      ["", "held-out", ...cells(heldOut.map((list) => list.map(accuracy)))]
    ]
  })
  return table(["arm", "accuracy", ...steps.map((step) => `step ${step}`)], rows)
}

/** Held-out accuracy after training has saturated, arm by arm. */
export const saturationTable = ({ runs }: Evidence, measured: Measured): string =>
  table(
    ["arm", "saturated before the last evaluation", "at steps", "held-out from then to the end (95 %)"],
    wanted(runs).map(({ arm, own }) => {
      const { rise, saturated, seeds } = measured.afterSaturation(arm.name)
      const steps = own.map(({ figures }) => (figures.saturation === null ? absent : String(figures.saturation)))
      return [
        arm.title,
        `${saturated} of ${seeds} seeds`,
        steps.join(", "),
        rise === null ? absent : withInterval(rise)
      ]
    })
  )

/** Family by family, base → trained, all seeds together. */
export const familyTable = ({ runs }: Evidence, measured: Measured): string => {
  const families = [...new Set(runs.flatMap((run) => [...run.families.keys()]))].sort()
  const rows = wanted(runs).map(({ arm, own }) => {
    const elsewhere = measured.elsewhere(arm.name)
    const trained = new Set(arm.examples.map((example) => example.split(":")[0]))
    return [
      arm.title,
      ...families.map((family) => {
        const pairs = own.flatMap((run) => run.families.get(family) ?? [])
        if (pairs.length === 0) return absent
        const { after, before, problems } = pooled(pairs)
        const text = `${share(before / problems)} → ${share(after / problems)}`
        return trained.has(family) ? `**${text}**` : text
      }),
      elsewhere === null ? absent : withInterval(elsewhere)
    ]
  })
  return table(["arm", ...families, "gain on other families (95 %)"], rows)
}

export const sweepTable = ({ sweep }: Evidence): string =>
  table(
    ["rank", "example", "family", "gain (95 %)", "saturation", "no signal", "seconds"],
    ranked(sweep).map((run) => [
      String(run.rank),
      run.example,
      run.example.split(":")[0],
      gainText(run),
      run.saturation === null ? absent : String(run.saturation),
      share(run.zeroSignalGroups),
      run.seconds.toFixed(0)
    ])
  )

export const verdictTable = (verdicts: ReadonlyArray<Verdict>): string =>
  table(
    ["effect", "in the paper", "counts here where", "found", "here"],
    verdicts.map(({ effect, found, outcome, paper, threshold }) => [effect, paper, threshold, found, `**${outcome}**`])
  )

/** The sweep's time beside that of its runs one after another, in sentences. */
export const timeText = (
  { sweepSeconds, singles }: Stopwatch,
  { sweep, sweepAtWork }: Evidence,
  sizes: Sizes
): string => {
  const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} minutes`
  const seconds = sweepSeconds ?? sweepAtWork
  const how =
    sweepSeconds === null
      ? "by the times in its history, silences left out, since it was interrupted"
      : "from the start of its process to its end"
  const whole = `The sweep of ${sweep.length} examples took ${minutes(seconds)} (${how}).`
  if (singles.length === 0) return `${whole} No single runs were measured beside it.`
  const each = meanOf(singles.map((single) => single.seconds))
  const total = each * sweep.length
  const same = singles.filter(({ example, policy }) =>
    sweep.some((run) => run.example === example && run.policy === policy)
  )
  const basis =
    singles.length >= sweep.length
      ? `all ${singles.length} were measured`
      : `extrapolated from ${singles.length} of them, spread evenly over the sweep (${singles.map(({ example }) => example).join(", ")}); \`--all-singles\` measures all`
  return `${whole} One run of \`onefold run\` alone took ${each.toFixed(1)} s, a mean over ${singles.length}; ${sweep.length} one after another take ${minutes(total)} (${basis}). The sweep took ${(seconds / total).toFixed(2)} of that, with ${sizes.parallel} runs side by side on the same cores. ${same.length} of the ${singles.length} single runs ended with the very weights of the sweep's.`
}

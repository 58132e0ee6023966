/**
 * Findings as a history could have told them: every arm over three seeds, with gains that a test chooses.
 */

import { Effect } from "effect"
import { families } from "../../../learning/datasets/miniature/problem.ts"
import { RunId } from "../../../schemas/ids.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { findExample } from "../../cli/examples.ts"
import { configOf } from "../../cli/presets.ts"
import { drawn } from "../../cli/sweep/choice.ts"
import type { Pairs, Swept } from "../../cli/sweep/ranking.ts"
import { type Arm, type ArmName, arms } from "./arms.ts"
import type { ArmRun, Comparison, Evaluation, Evidence } from "./evidence.ts"
import type { Findings } from "./page.ts"
import type { Seeds } from "./sizes.ts"
import { fullSizes } from "./sizes.ts"
import { pooled } from "./statistics.ts"

const perFamily = 50
const before = 10

/** Of so many problems, the base has 10 in 50 right, and the policy so many more or fewer of each 50. */
export const pairsOf = (change: number, problems = perFamily): Pairs => ({
  problems,
  before: (before * problems) / perFamily,
  after: ((before + change) * problems) / perFamily,
  won: (Math.max(0, change) * problems) / perFamily,
  lost: (Math.max(0, -change) * problems) / perFamily
})

const figuresOf = (run: string, example: string, seed: number, pairs: Pairs): Swept => ({
  ...{ run, example, seed, ...pairs, policy: "ab".repeat(32) },
  ...{ saturation: 21, zeroSignalGroups: 0.4, tokens: 200_000, seconds: 40 }
})

const evaluation = (run: string, step: number, protocol: string, accuracy: number): Evaluation => ({
  ...{ run, step, protocol, family: "all", problems: 300, accuracy, low: accuracy - 0.05, high: accuracy + 0.05 },
  ...{ passAtK: Math.min(1, accuracy + 0.3), boxed: 0.9 }
})

const evaluationsOf = (run: string, baseRun: string, { after, before, problems }: Pairs): ReadonlyArray<Evaluation> => [
  evaluation(baseRun, 0, "greedy", before / problems),
  evaluation(baseRun, 0, "avg@8", before / problems),
  ...[10, 20, 30, 40, 50, 60].map((step) =>
    evaluation(run, step, "greedy", (before + ((after - before) * step) / 60) / problems)
  ),
  evaluation(run, 60, "avg@8", after / problems)
]

/** Right answers more of each 50 in an arm, seed by seed, and after saturation. */
export interface Told {
  readonly change: Partial<Readonly<Record<ArmName, readonly [number, number, number]>>>
  readonly afterSaturation?: number | null
}

const armRun = (
  arm: Arm,
  config: RunConfig,
  { seed, testSeed }: Seeds,
  change: number,
  risen: number | null
): ArmRun => {
  const [runId, baseRun] = [RunId.make(`science-0-${arm.name}-s${seed}`), RunId.make(`science-0-base-s${seed}`)]
  const byFamily = new Map(families.map((family) => [String(family), pairsOf(change)]))
  const all = pooled([...byFamily.values()])
  return {
    planned: { arm, baseRun, seed, testSeed, runId, config },
    figures: figuresOf(runId, arm.examples[0], seed, all),
    training: Array.from({ length: 60 }, (_, i) => {
      const solved = Math.min(1, (i * (1 + seed / 1000)) / 25)
      return { run: runId, step: i + 1, reward: solved, solved }
    }),
    evaluations: evaluationsOf(runId, baseRun, all),
    families: byFamily,
    afterSaturation: risen === null ? null : pairsOf(risen, 300)
  }
}

const comparisonsOf = (told: Told): ReadonlyArray<Comparison> =>
  (
    [
      ["two-examples", "one-good-example"],
      ["one-good-example", "one-bad-example"],
      ["one-good-example", "wrong-label"]
    ] as const
  ).flatMap(([arm, other]) => {
    const [ours, theirs] = [told.change[arm], told.change[other]]
    if (ours === undefined || theirs === undefined) return []
    return ours.map((change, i): Comparison => ({ arm, other, pairs: pairsOf(change - theirs[i], 300) }))
  })

/** The sweep's examples: each next one has a higher spread, and a gain by `gainAt`. */
const sweepOf = (gainAt: (i: number) => number) => {
  const sweep = drawn(fullSizes.sweep.examples, fullSizes.sweep.drawSeed).map((example, i) =>
    figuresOf(`sweep-0-${example.replace(":", "-")}-s204`, example, 204, pairsOf(gainAt(i), 300))
  )
  const scored = sweep.map(({ example, lost, problems, won }, i) => ({
    example,
    score: i / 100,
    gain: (won - lost) / problems
  }))
  return { sweep, scored }
}

/** @param gainAt right answers more of each 50 that the i-th example of the sweep brings */
export const findingsOf = Effect.fn("findings")(function* (told: Told, gainAt: (i: number) => number = (i) => i / 4) {
  const config = yield* configOf({
    preset: "mini",
    prompts: [yield* findExample("two:1")],
    model: { name: "miniature", hash: "ab".repeat(32) },
    steps: 60,
    ...fullSizes.seeds[0]
  })
  const runs = arms.flatMap((arm) =>
    (told.change[arm.name] ?? []).map((change, i) =>
      armRun(arm, config, fullSizes.seeds[i], change, told.afterSaturation ?? null)
    )
  )
  const evidence: Evidence = {
    runs,
    comparisons: comparisonsOf(told),
    ...sweepOf(gainAt),
    sweepAtWork: 600,
    seconds: 3000
  }
  const base = { ...fullSizes.seeds[0], runId: RunId.make("science-0-base-s201"), config }
  const findings: Findings = {
    evidence,
    plan: { bases: [base], arms: [], sweep: { identity: "0", base, runs: [] } },
    sizes: fullSizes,
    stopwatch: {
      sweepSeconds: 900,
      singles: evidence.sweep.slice(0, 6).map(({ example, policy }) => ({ example, policy, seconds: 30 }))
    },
    baseHash: "cd".repeat(32)
  }
  return findings
})

/** As the method would have it: everything that lifts in the paper lifts here. */
export const lifted: Told = {
  change: {
    "one-good-example": [20, 22, 21],
    "one-bad-example": [1, 0, 2],
    "format-reward": [12, 13, 14],
    "entropy-only": [6, 7, 6],
    "policy-loss-only": [19, 21, 20],
    "no-policy-loss": [6, 6, 7],
    "wrong-label": [8, 9, 8],
    ppo: [18, 20, 19],
    "two-examples": [26, 27, 26],
    "full-set": [22, 23, 24]
  },
  afterSaturation: 5
}

/** Nothing but the method itself, the full set and an example that has no less. */
export const flat: Told = {
  change: {
    "one-good-example": [20, 22, 21],
    "one-bad-example": [20, 22, 21],
    "format-reward": [0, 1, 0],
    "entropy-only": [-8, -9, -8],
    "policy-loss-only": [5, 6, 5],
    "no-policy-loss": [0, 1, 0],
    "wrong-label": [-8, -9, -8],
    ppo: [5, 4, 5],
    "two-examples": [20, 22, 21],
    "full-set": [38, 39, 40]
  },
  afterSaturation: 0
}

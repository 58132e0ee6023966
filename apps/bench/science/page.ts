/**
 * docs/science.md, from the evidence. Pure: every number and every verdict in it is computed from what it is given.
 */
import { share, signed } from "../../cli/report/figures.ts"
import { saturatedReward, saturationSteps } from "../../cli/sweep/queries.ts"
import { appendixOf } from "./appendix.ts"
import { badExample } from "./arms.ts"
import type { Evidence } from "./evidence.ts"
import { type AfterSaturation, type Measured, measuredOf, poolSize } from "./measured.ts"
import type { SciencePlan } from "./plan.ts"
import type { Sizes } from "./sizes.ts"
import { resamples } from "./statistics.ts"
import { type Stopwatch, sweepFlags } from "./stopwatch.ts"
import {
  armTable,
  curveTable,
  familyTable,
  runTable,
  saturationTable,
  sweepTable,
  timeText,
  verdictTable,
  withInterval
} from "./tables.ts"
import { shareOf, verdictsOf } from "./verdicts.ts"

export interface Findings {
  readonly evidence: Evidence
  readonly plan: SciencePlan
  readonly sizes: Sizes
  readonly stopwatch: Stopwatch
  /** SHA-256 of the base's weights. */
  readonly baseHash: string
}

export const drawings = ["gains", "curves", "families", "ranking"] as const

const image = (name: (typeof drawings)[number], about: string): string => `![${about}](science/${name}.svg)`

const introduction = ({ baseHash, evidence, plan, sizes }: Findings): string => {
  const { problemsPerFamily, samples } = plan.bases[0].config.evaluation
  const problems = evidence.runs[0]?.figures.problems ?? 0
  const pairs = sizes.seeds.map(({ seed, testSeed }) => `${seed}/${testSeed}`).join(", ")
  return `# Science in miniature

What this is: a fast, honest model organism of 1-shot RLVR (arXiv 2504.20571). What it is not: evidence about large
models. The base is a mixture of answering styles by construction; RL with one example re-weights it and teaches no new
skill. Tables, drawings and verdicts are written by \`npm run science\`, and each number in them comes from the history
by SQL, but for the stopwatch of the sweep.

Preset \`${sizes.preset}\`, ${sizes.steps} steps${sizes.set.length === 0 ? "" : `, ${sizes.set.join(", ")}`}. Training and test seeds ${pairs}, each seed with
held-out problems of its own: ${problems} (${problemsPerFamily} of each family), answered greedily; avg@${samples} and pass@${samples} are of ${samples} sampled
answers. All choices — examples, steps, settings, thresholds — were frozen before these seeds were used, and they are
used nowhere else; \`${badExample}\` was chosen as the bad example on a development seed. The base is evaluated once for
each test seed. Base: SHA-256 \`${baseHash}\`. All runs together took ${(evidence.seconds / 60).toFixed(0)} minutes, each counted by itself.

Intervals are 95 %. That of a mean over seeds is Student's over the seeds' gains, and never narrower than the paired
interval (Bonett and Price) of all their problems together: each seed has other problems and other rollouts, so it
covers both. With ${sizes.seeds.length} seeds it is wide, and small effects cannot be told from none.`
}

const saturationText = ({ rise, saturated, seeds }: AfterSaturation): string => {
  const when = `Training counts as saturated at the first step from which the mean reward over ${saturationSteps} steps is at least ${saturatedReward}.`
  const reached = `With one good example it saturated before the last evaluation in ${saturated} of ${seeds} seeds.`
  return rise === null
    ? `${when} ${reached}`
    : `${when} ${reached} From the first held-out evaluation after that to the last policy, held-out greedy accuracy changed by ${withInterval(rise)}.`
}

/** How often a run on the full set draws an example. */
const visitsOf = ({ evidence, sizes }: Findings): string => {
  const full = evidence.runs.find(({ planned }) => planned.arm.name === "full-set")
  const drawn = full?.planned.config.batchPrompts ?? 0
  return ((sizes.steps * drawn) / poolSize()).toFixed(1)
}

const ppoText = ({ gain }: Measured): string => {
  const [ppo, grpo] = [gain("ppo"), gain("one-good-example")]
  if (ppo === null || grpo === null) return "PPO or GRPO was not run."
  const part = shareOf(ppo, grpo)
  const gains = `PPO gains ${withInterval(ppo)}, GRPO on the same example and seeds ${withInterval(grpo)}`
  return part === null
    ? `${gains}, which is no gain to have a share of.`
    : `${gains}: PPO has ${share(part)} of GRPO's gain.`
}

const rankingText = (findings: Findings, { ranking }: Measured): string => {
  const { steps } = findings.sizes
  const how = `The score is the paper's: the population standard deviation of an example's accuracies over the steps of a run on the full set (${poolSize()} examples), from the rewards that the run recorded, as \`onefold rank --run\` ranks them; here the mean over the seeds' runs. A run of ${steps} steps draws an example ${visitsOf(findings)} times on average, so the score is coarse.`
  return ranking === null
    ? `${how} There are too few examples with a score and a gain to correlate them.`
    : `${how} Spearman's rank correlation between score and gain over ${ranking.points} examples is ${signed(ranking.rho)} (${signed(ranking.low)} to ${signed(ranking.high)}; ${resamples} bootstrap resamples of the examples).`
}

const sweepText = ({ sizes }: Findings): string =>
  `\`onefold ${sweepFlags(sizes).join(" ")}\`: one run for each of ${sizes.sweep.examples} examples that a fresh seed draws from the pool, over one base; gains are over held-out problems of one test seed, so an interval covers the problems and not the chance of training.`

export const pageOf = (findings: Findings): string => {
  const { evidence, plan, sizes, stopwatch } = findings
  const measured = measuredOf(evidence)
  return `${introduction(findings)}

## Which of the paper's effects appear

Each verdict is chosen by its threshold from the figures of this page; an effect that is not seen may be absent or too
small for these seeds.

${verdictTable(verdictsOf(measured))}

## Arms

Means over the seeds; the gain is in held-out greedy accuracy. In the drawing a disc is the mean on its interval, a ring
a seed.

${armTable(evidence, measured, plan.bases[0].config.evaluation.samples)}

${image("gains", "Mean gain of every arm with its interval, and its seeds")}

PPO against GRPO: ${ppoText(measured)}

## Training against held-out accuracy

${saturationText(measured.afterSaturation("one-good-example"))} Lines are training accuracy: the share of a step's rollouts whose
answer is the one that counts as right; lines with discs are held-out greedy accuracy; one of each for a seed.

${image("curves", "Training and held-out accuracy over steps, arm by arm")}

${curveTable(evidence)}

${saturationTable(evidence, measured)}

## Families other than the example's

Base → trained, all seeds together; the families of an arm's own examples in bold. In the drawing, which is of the one good
example, a ring is the base and a disc the trained policy.

${familyTable(evidence, measured)}

${image("families", "Held-out greedy accuracy of every family, base and one good example")}

## Which example?

${sweepText(findings)}

${timeText(stopwatch, evidence, sizes)}

${sweepTable(evidence)}

${rankingText(findings, measured)}

${image("ranking", "Historical spread of the sweep's examples against their gain")}

## Every run

Base → trained where an arrow stands; seconds with ${sizes.parallel} runs side by side.

${runTable(evidence)}

${appendixOf(sizes)}`
}

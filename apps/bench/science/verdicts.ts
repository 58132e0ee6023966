/**
 * Which of the paper's effects appear in the miniature: each verdict is chosen by its threshold from what was measured,
 * and says both. Pure; no sentence here knows a result.
 */
import { share, signed } from "../../cli/report/figures.ts"
import type { ArmName } from "./arms.ts"
import type { AfterSaturation, Measured } from "./measured.ts"
import type { OverSeeds } from "./statistics.ts"

/** The opposite: the interval lies below 0. Not measured: an arm was not run, or there is no gain to have a share of. */
export type Outcome = "appears" | "does not appear" | "the opposite" | "not measured"

export interface Verdict {
  readonly effect: string
  /** What the paper has. */
  readonly paper: string
  /** When it counts as seen here. */
  readonly threshold: string
  readonly outcome: Outcome
  readonly found: string
}

/** A gain below this is not worth the name, however sure it is. */
export const leastGain = 0.05
/** Most of another arm's gain. */
export const most = 0.8
/** A good part of it. */
export const half = 0.5

const written = ({ high, low, mean }: OverSeeds): string => `${signed(mean)} (${signed(low)} to ${signed(high)})`

const isLift = ({ low, mean }: OverSeeds): boolean => low > 0 && mean >= leastGain

const liftThreshold = `the interval lies above 0 and the mean is at least ${leastGain}`

const outcomeOf = (holds: boolean): Outcome => (holds ? "appears" : "does not appear")

type Told = Pick<Verdict, "outcome" | "found">

const unmeasured: Told = { outcome: "not measured", found: "not measured" }

const liftOutcome = (gain: OverSeeds): Outcome => (gain.high < 0 ? "the opposite" : outcomeOf(isLift(gain)))

const lift = (what: string, gain: OverSeeds | null): Told =>
  gain === null ? unmeasured : { outcome: liftOutcome(gain), found: `${what} ${written(gain)}` }

/** The share that one mean gain has of another; null where the other is no gain. */
export const shareOf = (gain: OverSeeds | null, whole: OverSeeds | null): number | null =>
  gain === null || whole === null || !isLift(whole) ? null : gain.mean / whole.mean

const atLeast = (least: number, gain: OverSeeds | null, whole: OverSeeds | null): Told => {
  if (gain === null || whole === null) return unmeasured
  const part = shareOf(gain, whole)
  const gains = `${written(gain)} against ${written(whole)}`
  return part === null
    ? { outcome: "not measured", found: `${gains}: the latter is no gain to have a share of` }
    : { outcome: outcomeOf(part >= least), found: `${gains}: ${share(part)} of it` }
}

const risen = ({ rise, saturated, seeds }: AfterSaturation): Told => {
  if (seeds === 0) return unmeasured
  const counted = `training saturated before the last evaluation in ${saturated} of ${seeds} seeds`
  if (rise === null) return { outcome: "not measured", found: counted }
  return {
    outcome: liftOutcome(rise),
    found: `held-out accuracy changed by ${written(rise)} from then on; ${counted}`
  }
}

/** A gain that is there, and smaller than the right label's. */
const lessThanRight = (wrong: OverSeeds | null, beyond: OverSeeds | null): Told => {
  if (wrong === null || beyond === null) return unmeasured
  return {
    outcome: outcomeOf(isLift(wrong) && isLift(beyond)),
    found: `gain ${written(wrong)}; the right label has ${written(beyond)} more`
  }
}

const correlated = ({ ranking }: Measured): Told => {
  if (ranking === null) return unmeasured
  const { high, low, points, rho } = ranking
  return {
    outcome: high < 0 ? "the opposite" : outcomeOf(low > 0),
    found: `Spearman's ρ ${signed(rho)} (${signed(low)} to ${signed(high)}) over ${points} examples`
  }
}

const mostExamples = ({ swept }: Measured): Told =>
  swept === null
    ? unmeasured
    : {
        outcome: outcomeOf(swept.lifted >= half * swept.examples),
        found: `${swept.lifted} of ${swept.examples} examples of the sweep have a gain whose interval lies above 0`
      }

const verdict = (threshold: string, told: Told, effect: string, paper: string): Verdict => ({
  ...{ effect, paper, threshold, ...told }
})

/** What the arms of a single example are measured by. */
const method: ArmName = "one-good-example"

const ofTheMethod = (measured: Measured): ReadonlyArray<Verdict> => [
  verdict(
    liftThreshold,
    lift("gain", measured.gain(method)),
    "One example lifts held-out accuracy",
    "MATH500 36.0 → 72.8 with π1 (Tab. 8)"
  ),
  verdict(
    `at least ${most} of the full set's gain`,
    atLeast(most, measured.gain(method), measured.gain("full-set")),
    "One example does about what the full set does",
    "mean of six 35.0 with π1, 35.9 with 1,209 examples (Tab. 8)"
  ),
  verdict(
    liftThreshold,
    lift("two against one", measured.beyond("two-examples", method)),
    "A second example adds to the first",
    "mean of six 36.6 with π1 and π13, 35.0 with π1 (Tab. 8)"
  ),
  verdict(
    liftThreshold,
    lift("good against bad", measured.beyond(method, "one-bad-example")),
    "It matters which example",
    "MATH500 45.0 (π1208) to 74.4 (π13) by the example (Tab. 3)"
  ),
  verdict(
    `at least ${half} of the sweep's examples have a gain whose interval lies above 0`,
    mostExamples(measured),
    "Most examples lift held-out accuracy",
    "MATH500 at least 64.0 with 12 of 14 examples, base 36.0 (Tab. 3)"
  ),
  verdict(
    "the interval of Spearman's ρ lies above 0",
    correlated(measured),
    "The ranking by historical variance says which example is good",
    "π1 and π13 were found by it; some of low variance do nearly as well (Tab. 3)"
  ),
  verdict(
    liftThreshold,
    risen(measured.afterSaturation(method)),
    "Held-out accuracy goes on rising after training accuracy has saturated",
    "π1 is best at step 1540, long after training has saturated (Tab. 8)"
  ),
  verdict(
    liftThreshold,
    lift("gain on the other families", measured.elsewhere(method)),
    "One example of a family lifts the other families",
    "ARC-E 48.0 → 52.0 with π1 (Tab. 1)"
  )
]

const ofTheLoss = (measured: Measured): ReadonlyArray<Verdict> => [
  verdict(
    `at least ${most} of the whole loss's gain`,
    atLeast(most, measured.gain("policy-loss-only"), measured.gain(method)),
    "The policy loss alone does it",
    "MATH500 71.8 alone, 74.8 with all terms (Tab. 5)"
  ),
  verdict(
    liftThreshold,
    lift("gain", measured.gain("entropy-only")),
    "The entropy bonus alone lifts held-out accuracy",
    "MATH500 36.0 → 63.4 in 20 steps (Tab. 13)"
  ),
  verdict(
    liftThreshold,
    lift("gain", measured.gain("no-policy-loss")),
    "Weight decay, KL and entropy without the policy loss lift held-out accuracy",
    "MATH500 39.8 → 65.4 (Tab. 5)"
  ),
  verdict(
    `at least ${half} of the outcome reward's gain`,
    atLeast(half, measured.gain("format-reward"), measured.gain(method)),
    "A reward for the format alone brings a good part of the gain",
    "MATH500 65.4 by format, 72.8 by outcome, base 36.0 (Tab. 14)"
  ),
  verdict(
    `${liftThreshold}, and so does the interval of what the right label has more`,
    lessThanRight(measured.gain("wrong-label"), measured.beyond(method, "wrong-label")),
    "A wrong label lifts held-out accuracy too, but less",
    "MATH500 57.0 and 64.4 with wrong labels, 74.8 with the right one, base 39.8 (Tab. 5)"
  ),
  verdict(
    `at least ${most} of GRPO's gain`,
    atLeast(most, measured.gain("ppo"), measured.gain(method)),
    "PPO with a critic does about what GRPO does",
    "mean of six 33.8 by PPO, 35.0 by GRPO (Tab. 4 and 8)"
  )
]

export const verdictsOf = (measured: Measured): ReadonlyArray<Verdict> => [
  ...ofTheMethod(measured),
  ...ofTheLoss(measured)
]

/**
 * The runs of the science, with their names and configurations, which follow from the sizes alone: so the same command
 * finds the runs that it began before.
 *
 * Configurations are made as `onefold run` makes them.
 */
import { createHash } from "node:crypto"
import { Array as Arr, Effect } from "effect"
import { EvaluationConfig } from "../../../schemas/evaluation-config.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import { type Base, nameOfModel } from "../../cli/base.ts"
import { configText } from "../../cli/begin-run.ts"
import { criticInitial } from "../../cli/critic-settings.ts"
import { findExample } from "../../cli/examples.ts"
import { configOf, defaultExample } from "../../cli/presets.ts"
import { resolveReward, choiceOf as rewardChoiceOf } from "../../cli/reward.ts"
import { settingsOf } from "../../cli/settings.ts"
import { drawn } from "../../cli/sweep/choice.ts"
import { type PlannedRun, planOf, type SweepPlan } from "../../cli/sweep/plan.ts"
import { type Arm, arms } from "./arms.ts"
import type { Seeds, Sizes } from "./sizes.ts"

export interface PlannedArm extends Seeds, PlannedRun {
  readonly arm: Arm
  /** The run that evaluated the base on the same problems. */
  readonly baseRun: RunId
}

export interface PlannedBase extends Seeds, PlannedRun {}

export interface SciencePlan {
  readonly bases: ReadonlyArray<PlannedBase>
  readonly arms: ReadonlyArray<PlannedArm>
  readonly sweep: SweepPlan
}

type Subject = Pick<Arm, "examples" | "reward" | "set">

/** What `onefold run` resolves for an arm. */
export const armConfig = Effect.fn("science.armConfig")(function* (
  { examples, reward, set }: Subject,
  sizes: Sizes,
  { seed, testSeed }: Seeds,
  base: Base
) {
  const found = yield* Effect.forEach(examples, (name) => findExample(name))
  if (!Arr.isReadonlyArrayNonEmpty(found)) return yield* Effect.die(new RangeError("an arm without examples"))
  const choice = yield* rewardChoiceOf(
    { reward, rewardSet: [], label: null, unknownReward: null },
    { reward: "outcome", parameters: {} }
  )
  const { prompts, settings } = yield* resolveReward(choice, found, seed)
  return yield* configOf({
    preset: sizes.preset,
    prompts,
    model: { name: nameOfModel(base.folder), hash: base.weightsHash },
    steps: sizes.steps,
    seed,
    testSeed,
    overrides: settings,
    set: yield* settingsOf([...set, ...sizes.set]),
    criticInitial: criticInitial(base)
  })
})

const nameOf = (config: RunConfig, { tokenizerHash }: Base, rest: string): RunId => {
  const text = JSON.stringify([configText(config), tokenizerHash])
  const identity = createHash("sha256").update(text).digest("hex").slice(0, 8)
  return RunId.make(`science-${identity}-${rest}`)
}

const plannedBase = Effect.fn("science.plannedBase")(function* (sizes: Sizes, seeds: Seeds, base: Base) {
  // It trains on nothing; the schema asks for an example.
  const shared = yield* armConfig({ examples: [defaultExample], reward: null, set: [] }, sizes, seeds, base)
  const config = new RunConfig({ ...shared, steps: 0 })
  const planned: PlannedBase = { ...seeds, runId: nameOf(config, base, `base-s${seeds.seed}`), config }
  return planned
})

const plannedArm = Effect.fn("science.plannedArm")(function* (
  arm: Arm,
  sizes: Sizes,
  { runId: baseRun, seed, testSeed }: PlannedBase,
  base: Base
) {
  const alone = yield* armConfig(arm, sizes, { seed, testSeed }, base)
  const evaluation = new EvaluationConfig({ ...alone.evaluation, baseRun })
  const config = new RunConfig({ ...alone, evaluation })
  const planned: PlannedArm = {
    arm,
    baseRun,
    seed,
    testSeed,
    runId: nameOf(config, base, `${arm.name}-s${seed}`),
    config
  }
  return planned
})

/** The very plan that `onefold sweep` makes. */
const plannedSweep = Effect.fn("science.plannedSweep")(function* (sizes: Sizes, base: Base) {
  const { preset, set, steps, sweep } = sizes
  return yield* planOf({
    ...{ preset, steps, settings: set, testSeed: sweep.testSeed, seeds: [sweep.seed] },
    examples: yield* Effect.forEach(drawn(sweep.examples, sweep.drawSeed), (name) => findExample(name)),
    model: { name: nameOfModel(base.folder), hash: base.weightsHash },
    tokenizerHash: base.tokenizerHash
  })
})

/** Every run, seed by seed. Fails where a setting cannot be had, before anything begins. */
export const sciencePlan = Effect.fn("science.plan")(function* (sizes: Sizes, base: Base) {
  const bases = yield* Effect.forEach(sizes.seeds, (seeds) => plannedBase(sizes, seeds, base))
  const wanted = arms.filter(({ name }) => sizes.arms.includes(name))
  const planned = yield* Effect.forEach(bases, (each) =>
    Effect.forEach(wanted, (arm) => plannedArm(arm, sizes, each, base))
  )
  const plan: SciencePlan = { bases, arms: planned.flat(), sweep: yield* plannedSweep(sizes, base) }
  return plan
})

/** The bases and arms as one plan that a sweep's machinery can work off: every run in it counts alike. */
export const asSweep = ({ arms, bases: [first, ...others] }: SciencePlan): SweepPlan => ({
  identity: "science",
  base: first,
  runs: [...others, ...arms]
})

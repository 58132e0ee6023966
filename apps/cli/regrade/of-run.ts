/**
 * `onefold regrade RUN`: which run, which of its answers and by what; everything that can be refused is refused before an
 * answer is judged.
 */
import { Array as Arr, Effect, Layer, Schema } from "effect"
import { Grader } from "../../../learning/grading/grader.ts"
import type { GradingMode } from "../../../learning/grading/modes.ts"
import { nearest } from "../../../learning/nearest.ts"
import { Rewards } from "../../../learning/rewards/rewards.ts"
import { type Sat, testsOf } from "../../../pipelines/tests.ts"
import { rolloutsIn } from "../../../pipelines/update/batch.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { groupSizeOf } from "../../../schemas/config-contradictions.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { existingDataFolder } from "../data-folder.ts"
import { askedOf } from "../embedded.ts"
import { folderLog } from "../folder-log.ts"
import { OptionsConflict } from "../generate-prompt.ts"
import { findRun } from "../recorded.ts"
import { choiceOf, resolveReward } from "../reward.ts"
import { type Again, judgeAgain, type Repaying, testNames, trainingRollouts } from "./answers-of-run.ts"
import type { Regraded } from "./regraded.ts"
import { type Repaid, repaidSteps } from "./rewards.ts"
import { tally } from "./tally.ts"

/** What was asked for is not among what the run recorded. */
export class NothingToRegrade extends Schema.TaggedError<NothingToRegrade>()("NothingToRegrade", {
  run: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `run ${this.run}: ${this.detail}`
  }
}

export interface OfRun {
  readonly run: string
  readonly dataDir: string
  readonly mode: GradingMode | null
  readonly reward: string | null
  readonly rewardSet: ReadonlyArray<string>
  readonly step: number | null
  readonly test: string | null
}

const nothing = (run: string, detail: string) => new NothingToRegrade({ run, detail })

/** The reward with the run's examples; the answers that earn follow from the right ones, as when a run starts. */
const repayingOf = Effect.fn("regrade.repayingOf")(function* (config: RunConfig, { reward, rewardSet }: OfRun) {
  if (reward === null) return null
  const right = config.prompts.map(({ answer, promptId, text, trueAnswer }) => ({
    ...{ promptId, text },
    answer: trueAnswer ?? answer
  }))
  if (!Arr.isReadonlyArrayNonEmpty(right)) return null
  const before = { reward: config.reward, parameters: config.rewardParameters ?? {} }
  const choice = yield* choiceOf({ reward, rewardSet, label: null, unknownReward: null }, before)
  const repaying: Repaying = yield* resolveReward(choice, right, config.seed)
  return repaying
})

const checkAsked = Effect.fn("regrade.checkAsked")(function* (run: string, sat: Sat, { reward, test }: OfRun) {
  const names = testNames(sat)
  if (test !== null && !names.includes(test))
    return yield* nothing(
      run,
      `it has no test "${test}"; did you mean "${nearest(test, names)}"? Its tests: ${names.join(", ")}`
    )
  if (reward === null || names.includes(trainingRollouts)) return
  return yield* nothing(run, "it trains nothing, so nothing was rewarded; ask by --mode alone")
})

const shownSteps = 12

const listed = (steps: ReadonlySet<number>): string => {
  const ordered = [...steps].sort((a, b) => a - b)
  const shown = ordered.slice(0, shownSteps).join(", ")
  return ordered.length > shownSteps ? `${shown} … ${ordered[ordered.length - 1]}` : shown
}

const whyNothing = (steps: ReadonlySet<number>, { step, test }: OfRun): string => {
  const of = test === null ? "" : ` of ${test}`
  return step !== null && steps.size > 0
    ? `it has no answers${of} at step ${step}; there are some at ${listed(steps)}`
    : `it has no answers${of} yet`
}

const judge = Effect.fn("regrade.judge")(function* (again: Again, options: OfRun) {
  const { runId } = again.started
  const [counted, repaid, steps] = [tally(), [] as Repaid[], new Set<number>()]
  let ungraded = 0
  yield* judgeAgain(again, {
    judged: counted.add,
    repaid: (each) => repaid.push(each),
    sawStep: (step) => steps.add(step),
    ungraded: () => {
      ungraded += 1
    }
  })
  const { sat } = again
  const questions = (test: string) =>
    test === trainingRollouts ? sat.examples : (testsOf(sat).find(({ name }) => name === test)?.questions ?? [])
  const names = testNames(sat)
  const results = counted.results(sat.config.evaluation.testSeed, names, questions)
  if (results.length === 0) return yield* nothing(runId, whyNothing(steps, options))
  const regraded: Regraded = {
    source: runId,
    mode: again.mode,
    reward: again.reward?.settings.reward ?? null,
    results,
    changed: counted.changed(names, questions),
    rewards: repaidSteps(repaid, { rollouts: rolloutsIn(sat), groupSize: groupSizeOf(sat.config) }),
    ungraded
  }
  return regraded
})

/** Fails with RunNotFound, NothingToRegrade, OptionsConflict, UnknownQuestion, and as the log and the reward do. */
export const regradeRun = Effect.fn("regrade.run")(function* (options: OfRun) {
  const { dataDir, mode, reward, step, test } = options
  if (reward !== null && test !== null && test !== trainingRollouts)
    return yield* new OptionsConflict({
      reason: `--reward is of training rollouts, and --test ${test} has none; leave one of them out, or say --test ${trainingRollouts}`
    })
  const folder = yield* existingDataFolder(dataDir)
  return yield* Effect.gen(function* () {
    const { started } = yield* findRun(options.run)
    const sat = yield* askedOf(started)
    yield* checkAsked(started.runId, sat, options)
    const repaying = yield* repayingOf(sat.config, options)
    return yield* judge({ started, sat, mode, reward: repaying, test, step }, options)
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs), Grader.layer, Rewards.layer)))
})

/**
 * A run's policy by name: its number of updates, `chosen` by validation, `best-on-test`, or the `last`.
 */
import { Effect, Schema } from "effect"
import { chosenCheckpoint, testsComparedBy } from "../../pipelines/choose-checkpoint.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { withPast } from "./fork/past.ts"
import { policyInLineage } from "./policy-at.ts"
import { baseRunOf, type RecordedRun, recordedRuns } from "./recorded.ts"
import type { ChosenCheckpoints } from "./report/summary.ts"

/** What stands for a step is none. */
export class StepUnknown extends Schema.TaggedError<StepUnknown>()("StepUnknown", { name: Schema.String }) {
  override get message(): string {
    return `there is no step ${JSON.stringify(this.name)}; give a number of updates, or ${stepNames.join(", ")}`
  }
}

/** Nothing says which checkpoint is better but the tests themselves. */
export class NoValidation extends Schema.TaggedError<NoValidation>()("NoValidation", { runId: Schema.String }) {
  override get message(): string {
    return `run ${this.runId} has no validation set to choose a checkpoint by; name one with --validation when a run is started, or take best-on-test, which is what the paper reports`
  }
}

/** No policy has sat what the choice compares. */
export class NotEvaluated extends Schema.TaggedError<NotEvaluated>()("NotEvaluated", {
  runId: Schema.String,
  /** None where the run sits no test at all. */
  tests: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return this.tests.length === 0
      ? `run ${this.runId} sits no test to compare its policies by; give the step as a number, or last`
      : `no policy of run ${this.runId} has sat ${this.tests.join(", ")} yet; go on with: onefold resume ${this.runId}`
  }
}

export const stepNames = ["chosen", "best-on-test", "last"] as const

const latestOf = ({ policies, started }: RecordedRun): number =>
  policies.reduce((most, { step }) => Math.max(most, step), started.firstStep)

/** What is compared: the run's own policies and those of its past; the base as the run that it shares it with judged it. */
const judgedOf = Effect.fn("chosenStep.judged")(function* (own: RecordedRun, config: RunConfig) {
  const { baseRun } = config.evaluation
  const recorded = config.fork === undefined ? own : yield* withPast(own, yield* recordedRuns())
  const base = baseRun === undefined ? recorded : yield* baseRunOf(recorded, yield* recordedRuns())
  const before = base === recorded ? [] : base.evaluations.filter(({ step }) => step === 0)
  return { config, evaluations: [...before, ...recorded.evaluations], latest: latestOf(recorded) }
})

/** The checkpoints that a run's evaluations so far speak for. */
export const choicesOf = Effect.fn("chosenStep.choices")(function* (recorded: RecordedRun, config: RunConfig) {
  const judged = yield* judgedOf(recorded, config)
  const choices: ChosenCheckpoints = {
    validation: chosenCheckpoint(judged, "validation"),
    bestOnTest: chosenCheckpoint(judged, "best-on-test")
  }
  return choices
})

/**
 * The step that a name means: a number, `chosen`, `best-on-test` or `last`.
 *
 * Fails with StepUnknown; with StepNotStored for a number of a policy that there is not; with NoValidation for `chosen`
 * of a run without a validation set; with NotEvaluated where no policy has sat the tests.
 */
export const stepNamed = Effect.fn("chosenStep.named")(function* (
  recorded: RecordedRun,
  config: RunConfig,
  name: string
) {
  if (/^\d{1,9}$/.test(name)) return (yield* policyInLineage(recorded, Number(name))).step
  if (name === "last") return latestOf(recorded)
  if (name !== "chosen" && name !== "best-on-test") return yield* new StepUnknown({ name })
  const { runId } = recorded.started
  const by = name === "chosen" ? "validation" : "best-on-test"
  const tests = testsComparedBy(config, by)
  if (by === "validation" && tests.length === 0) return yield* new NoValidation({ runId })
  const found = chosenCheckpoint(yield* judgedOf(recorded, config), by)
  return found === null ? yield* new NotEvaluated({ runId, tests }) : found.step
})

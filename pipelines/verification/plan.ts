/**
 * What a run's configuration asks for, as far as a check must know it: which coordinates there are, and what begins it.
 *
 * Made by whoever reads the run: the check itself asks no model and no stage.
 */
import type { RunId, Sha256 } from "../../schemas/ids.ts"
import type { RunConfig } from "../../schemas/run-config.ts"

export interface PlannedTest {
  readonly name: string
  /** In the test's order; null where they cannot be known, because the sheet that holds them is damaged. */
  readonly problems: ReadonlySet<string> | null
  /** Answers to each problem. */
  readonly samples: number
}

export interface RunPlan {
  readonly runId: RunId
  readonly config: RunConfig
  /** SHA-256 of the resolved data, computed anew. */
  readonly dataHash: Sha256
  /** Updates that the first policy has had: 0 but where the run forks another. */
  readonly firstStep: number
  /** The policy that the run begins with: the base, the initial adapter, or the policy of the run that it forks. */
  readonly firstPolicy: Sha256
  /** The critic that it begins with; null where it has none. */
  readonly firstCritic: Sha256 | null
  /** The policy before any training, which a KL is to. */
  readonly reference: Sha256
  /** Rollouts of each example of a batch. */
  readonly samples: number
  /** Whether advantages or ratios need more than rewards. */
  readonly needsScores: boolean
  /** The step whose policy sampled the batch that an update learns from. */
  readonly rolloutStepOf: (step: number) => number
  /** Whether only the critic learns at this step. */
  readonly isCriticWarmUp: (step: number) => boolean
  /** The examples of the batch that is sampled at this step, in their order. */
  readonly examplesAt: (rolloutStep: number) => ReadonlySet<string>
  /** The tests that the policy of this step sits. */
  readonly testsAt: (step: number) => ReadonlyArray<PlannedTest>
}

/** Whether a batch is sampled at this step. */
export const opensBatch = ({ config, rolloutStepOf }: RunPlan, step: number): boolean =>
  step < config.steps && rolloutStepOf(step) === step

export const testNamed = ({ testsAt }: RunPlan, step: number, name: string): PlannedTest | undefined =>
  testsAt(step).find((test) => test.name === name)

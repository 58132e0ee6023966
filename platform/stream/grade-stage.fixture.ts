/**
 * A stage for tests: rollouts in, one grade for each out.
 */
import { Effect } from "effect"
import { generated, graded } from "./events.fixture.ts"
import { causeOf, type Stage } from "./stage.ts"

/** The rollouts of one step, in two cohorts. */
export const rollouts = Array.from({ length: 12 }, (_, i) => generated({ sampleIndex: i, cohort: i % 2 }))

/** One grade for each rollout. */
export const grade = {
  name: "grade",
  consumes: ["RolloutGenerated"],
  maxBatch: 3,
  handle: (deliveries) =>
    Effect.succeed(
      deliveries.map((delivered) => {
        const { runId, sampleIndex, step } = delivered.event
        return graded({ runId, step, sampleIndex, causes: [causeOf(delivered)] })
      })
    )
} satisfies Stage<"RolloutGenerated", never, never>

/**
 * Grading in a thread that can be ended.
 *
 * What the rules may spend is counted in steps (steps.ts) and comes to some tens of milliseconds, so the clock of the
 * confinement is only the backstop.
 */
import { Effect } from "effect"
import { confined } from "../confined/confined.ts"
import type { Ending } from "../confined/thread.ts"
import type { Grade, Submission } from "./submission.ts"

const givenUp = ({ id }: Submission, why: Ending | null): Effect.Effect<Grade> =>
  Effect.as(Effect.logWarning(`gave up grading ${id}: ${why}`), {
    extracted: null,
    verdict: "unknown",
    rule: `gave up: ${why}`
  })

/**
 * `Grader.grade` over a thread that is started when first needed and ended with the scope. A program that cannot start
 * is a defect of the installation: it dies.
 *
 * @param program the module the thread runs; it calls `serve`.
 */
export const workerGrading = Effect.fn("workerGrading")(function* (program: URL) {
  const { answers } = yield* confined<unknown, Submission, Grade>({
    program: { url: program, name: "grading" },
    givenUp
  })
  return (batch: ReadonlyArray<Submission>) => Effect.orDie(answers(batch))
})

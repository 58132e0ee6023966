/**
 * Grading in a thread that can be ended.
 *
 * What the rules may spend is counted in characters (compare.ts, grade.ts), so the clock here is only the backstop.
 * A response under suspicion, because the thread ended while it was being graded, is graded once more alone on a fresh
 * thread. Only what fails alone is given up: neighbours and order never decide a verdict.
 */
import { Duration, Effect, Semaphore } from "effect"
import type { Grade, Submission } from "./grade.ts"
import { type Ending, type GradingThread, type Outcome, startGradingThread } from "./grading-thread.ts"

/** How long one response may take. The rules need microseconds. */
const backstop = Duration.seconds(1)

/** Ends the thread when one response has been in its hands for the whole backstop. */
const watch = (thread: GradingThread): Effect.Effect<never> =>
  Effect.gen(function* () {
    for (;;) {
      const before = thread.received()
      yield* Effect.sleep(backstop)
      if (thread.received() === before) return yield* Effect.andThen(thread.end("time"), Effect.never)
    }
  })

const gradeOn = (thread: GradingThread, batch: ReadonlyArray<Submission>): Effect.Effect<Outcome> =>
  thread.grade(batch).pipe(
    Effect.raceFirst(watch(thread)),
    // A thread left in the middle of a batch would answer the next one with this one's grades.
    Effect.onInterrupt(() => thread.end("dismissed"))
  )

const givenUp = (why: Ending | null): Grade => ({ extracted: null, verdict: "unknown", rule: `gave up: ${why}` })

/**
 * `Grader.grade` over a thread that is started when first needed and ended with the scope.
 *
 * @param program the module the thread runs; it calls `serveGrading`.
 */
export const workerGrading = Effect.fn("workerGrading")(function* (program: URL) {
  let current: GradingThread | null = null
  const oneBatchAtATime = yield* Semaphore.make(1)

  const aliveThread = Effect.gen(function* () {
    if (current?.isAlive()) return current
    const thread = yield* startGradingThread(program)
    current = thread
    return thread
  }).pipe(Effect.uninterruptible) // a thread nobody holds would never be ended

  yield* Effect.addFinalizer(() => current?.end("dismissed") ?? Effect.void)

  return Effect.fn("Grader.grade")(function* (batch: ReadonlyArray<Submission>) {
    const grades: Array<Grade> = []
    let isAlone = false
    while (grades.length < batch.length) {
      const next = batch.slice(grades.length, isAlone ? grades.length + 1 : batch.length)
      const outcome = yield* gradeOn(yield* aliveThread, next)
      grades.push(...outcome.grades)
      const hasFailed = outcome.grades.length < next.length
      if (hasFailed && isAlone) {
        grades.push(givenUp(outcome.ending))
        yield* Effect.logWarning(`gave up grading ${next[0].id}: ${outcome.ending}`)
      }
      isAlone = hasFailed && !isAlone
    }
    return grades
  }, oneBatchAtATime.withPermits(1))
})

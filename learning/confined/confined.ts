/**
 * Answers from a thread that can be ended, for code that may hang, crash or take all memory.
 *
 * A question under suspicion, because the thread ended while it was being answered, is asked once more alone on a fresh
 * thread, unless it was the first that its thread was asked. Only what fails alone is given up: neighbours and order
 * never decide an answer.
 */
import { Duration, Effect, Semaphore } from "effect"
import { type ConfinedThread, type Ending, type Outcome, type Program, startThread } from "./thread.ts"

/** How long one answer may take. */
export const backstop = Duration.seconds(1)

export interface Confinement<Question, Answer> {
  readonly program: Program
  /** What stands in the place of an answer that could not be had. */
  readonly givenUp: (question: Question, why: Ending | null) => Effect.Effect<Answer>
}

/** Ends the thread when one question has been in its hands for the whole backstop. */
const watch = <Greeting, Question, Answer>(thread: ConfinedThread<Greeting, Question, Answer>): Effect.Effect<never> =>
  Effect.gen(function* () {
    for (;;) {
      const before = thread.received()
      yield* Effect.sleep(backstop)
      if (thread.received() === before) return yield* Effect.andThen(thread.end("time"), Effect.never)
    }
  })

const answerOn = <Greeting, Question, Answer>(
  thread: ConfinedThread<Greeting, Question, Answer>,
  batch: ReadonlyArray<Question>
): Effect.Effect<Outcome<Answer>> =>
  thread.answer(batch).pipe(
    Effect.raceFirst(watch(thread)),
    // A thread left in the middle of a batch would answer the next one with this one's answers.
    Effect.onInterrupt(() => thread.end("dismissed"))
  )

/** A thread that is started when first needed, replaced when it ended, and ended with the scope. */
export const confined = <Greeting, Question, Answer>({ givenUp, program }: Confinement<Question, Answer>) =>
  Effect.gen(function* () {
    let current: ConfinedThread<Greeting, Question, Answer> | null = null
    const oneBatchAtATime = yield* Semaphore.make(1)

    const aliveThread = Effect.gen(function* () {
      if (current?.isAlive()) return current
      const thread = yield* startThread<Greeting, Question, Answer>(program)
      current = thread
      return thread
    }).pipe(Effect.uninterruptible) // a thread nobody holds would never be ended

    yield* Effect.addFinalizer(() => current?.end("dismissed") ?? Effect.void)

    /** One answer for each question, in their order. */
    const answers = Effect.fn("confined.answers")(function* (batch: ReadonlyArray<Question>) {
      const had: Array<Answer> = []
      let isAlone: boolean = false
      while (had.length < batch.length) {
        const next = batch.slice(had.length, isAlone ? had.length + 1 : batch.length)
        const thread = yield* aliveThread
        const isFresh = thread.isFresh()
        const outcome = yield* answerOn(thread, next)
        had.push(...outcome.answers)
        const hasFailed = outcome.answers.length < next.length
        const wasAlone: boolean = isAlone || (isFresh && outcome.answers.length === 0)
        if (hasFailed && wasAlone) had.push(yield* givenUp(next[0], outcome.ending))
        isAlone = hasFailed && !wasAlone
      }
      return had
    }, oneBatchAtATime.withPermits(1))

    return { greeting: Effect.map(aliveThread, ({ greeting }) => greeting), answers }
  })

/**
 * The outer side of a grading thread: start it, hand it submissions, end it.
 *
 * JavaScript cannot interrupt a computation; only ending the thread that runs it does.
 */
import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import type { Grade, Submission } from "./grade.ts"
import { ready } from "./serve-grading.ts"

/** Why a thread ended. */
export type Ending = "time" | "memory" | "crash" | "dismissed"

export interface GradingThread {
  readonly isAlive: () => boolean
  /** Grades in order until all are done or the thread ends; the grades it had sent by then are kept. */
  readonly grade: (batch: ReadonlyArray<Submission>) => Effect.Effect<Outcome>
  /** Grades received since the last `grade` began. */
  readonly received: () => number
  readonly end: (why: "time" | "dismissed") => Effect.Effect<void>
}

export interface Outcome {
  /** For the head of the batch; shorter than it only if the thread ended. */
  readonly grades: ReadonlyArray<Grade>
  readonly ending: Ending | null
}

/** Enough for any response within the limits; a grader that wants more is ended. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }

const endingOf = (error: unknown): Ending =>
  error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "memory" : "crash"

/** Starts a thread and waits until it is ready. A program that cannot start is a defect of the installation: it dies. */
export const startGradingThread = (program: URL): Effect.Effect<GradingThread> =>
  Effect.callback<GradingThread>((resume) => {
    const worker = new Worker(program, { name: "grading", resourceLimits })
    let isReady = false
    let grades: Array<Grade> = []
    let ending: Ending | null = null
    let hasExited = false
    let failure: unknown = "it ended before it was ready"
    let settle = () => {}

    const thread: GradingThread = {
      isAlive: () => ending === null && !hasExited,
      received: () => grades.length,
      grade: (batch) =>
        Effect.callback((done) => {
          grades = []
          settle = () => {
            if (grades.length < batch.length && !hasExited) return
            settle = () => {}
            done(Effect.succeed({ grades, ending }))
          }
          for (const submission of batch) worker.postMessage(submission)
          settle()
        }),
      end: (why) =>
        Effect.promise(() => {
          ending ??= why
          return worker.terminate()
        }).pipe(Effect.asVoid)
    }

    worker.on("message", (message: typeof ready | Grade) => {
      if (message === ready) {
        isReady = true
        return resume(Effect.succeed(thread))
      }
      grades.push(message)
      settle()
    })
    worker.on("error", (error) => {
      failure = error
      ending ??= endingOf(error)
    })
    // The thread's last messages are delivered before its exit is.
    worker.on("exit", () => {
      hasExited = true
      ending ??= "crash"
      if (!isReady) resume(Effect.die(new Error(`the grading worker ${program.href} cannot start`, { cause: failure })))
      settle()
    })
    return Effect.promise(() => worker.terminate())
  })

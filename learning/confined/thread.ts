/**
 * The outer side of a confined thread: start it, hand it questions, end it.
 *
 * JavaScript cannot interrupt a computation; only ending the thread that runs it does.
 */
import { Worker } from "node:worker_threads"
import { Duration, Effect, Schema } from "effect"
import { outOfMemoryCode } from "./serve.ts"

/** Why a thread ended. */
export const endings = ["time", "memory", "crash", "dismissed"] as const
export type Ending = (typeof endings)[number]

export interface Program {
  /** The module the thread runs; it calls `serve`. */
  readonly url: URL
  /** What the thread is called. */
  readonly name: string
  /** What the module finds as its workerData. */
  readonly data?: unknown
  /** Whether what it prints is thrown away, and the environment kept from it. */
  readonly isForeign?: boolean
}

export interface ConfinedThread<Greeting, Question, Answer> {
  readonly greeting: Greeting
  readonly isAlive: () => boolean
  /** Whether it was never handed a question. */
  readonly isFresh: () => boolean
  /** Answers in order until all are done or the thread ends; the answers it had sent by then are kept. */
  readonly answer: (batch: ReadonlyArray<Question>) => Effect.Effect<Outcome<Answer>>
  /** Answers received since the last `answer` began. */
  readonly received: () => number
  readonly end: (why: "time" | "dismissed") => Effect.Effect<void>
}

export interface Outcome<Answer> {
  /** For the head of the batch; shorter than it only if the thread ended. */
  readonly answers: ReadonlyArray<Answer>
  readonly ending: Ending | null
}

/** A thread ended before it was ready. */
export class CannotStart extends Schema.TaggedError<CannotStart>()("CannotStart", {
  program: Schema.String,
  ending: Schema.Literals(endings),
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `the worker ${this.program} cannot start: ${this.ending}`
  }
}

/** Enough for any answer within the limits; a program that wants more is ended. */
const resourceLimits = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }

/** How long a thread may take until it is ready. Node needs a tenth of a second, and a busy machine ten times that. */
export const startLimit = Duration.seconds(20)

const workerOf = ({ data, isForeign = false, name, url }: Program): Worker => {
  if (!isForeign) return new Worker(url, { name, resourceLimits, workerData: data })
  const worker = new Worker(url, { name, resourceLimits, workerData: data, env: {}, stdout: true, stderr: true })
  worker.stdout.resume()
  worker.stderr.resume()
  return worker
}

const endingOf = (error: unknown): Ending =>
  error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "memory" : "crash"

/** Starts a thread and waits until it is ready. */
export const startThread = <Greeting, Question, Answer>(program: Program) =>
  Effect.callback<ConfinedThread<Greeting, Question, Answer>, CannotStart>((resume) => {
    const worker = workerOf(program)
    let isReady = false
    let isFresh = true
    let answers: Array<Answer> = []
    let ending: Ending | null = null
    let hasExited = false
    let failure: unknown = "it ended before it was ready"
    let settle = () => {}

    const ready = (greeting: Greeting): ConfinedThread<Greeting, Question, Answer> => ({
      greeting,
      isAlive: () => ending === null && !hasExited,
      isFresh: () => isFresh,
      received: () => answers.length,
      answer: (batch) =>
        Effect.callback((done) => {
          answers = []
          isFresh &&= batch.length === 0
          settle = () => {
            if (answers.length < batch.length && !hasExited) return
            settle = () => {}
            done(Effect.succeed({ answers, ending }))
          }
          for (const question of batch) worker.postMessage(question)
          settle()
        }),
      end: (why) =>
        Effect.promise(() => {
          ending ??= why
          return worker.terminate()
        }).pipe(Effect.asVoid)
    })

    const startTimer = setTimeout(() => {
      ending ??= "time"
      void worker.terminate()
    }, Duration.toMillis(startLimit))
    const greeted = (greeting: Greeting) => {
      clearTimeout(startTimer)
      isReady = true
      resume(Effect.succeed(ready(greeting)))
    }
    worker.once("message", (greeting: Greeting) => {
      greeted(greeting)
      worker.on("message", (answer: Answer) => {
        answers.push(answer)
        settle()
      })
    })
    worker.on("error", (error) => {
      failure = error
      ending ??= endingOf(error)
    })
    // The thread's last messages are delivered before its exit is.
    worker.on("exit", (code) => {
      clearTimeout(startTimer)
      hasExited = true
      ending ??= code === outOfMemoryCode ? "memory" : "crash"
      if (!isReady) resume(Effect.fail(new CannotStart({ program: program.url.href, ending, cause: failure })))
      settle()
    })
    return Effect.promise(() => worker.terminate())
  })

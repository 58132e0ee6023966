/**
 * GroupCommit: one act at a time; whatever is asked for meanwhile goes together in the next act and shares its fate.
 *
 * A transaction costs about the same for one job as for ten, so that latency stays flat under load. Jobs keep the order
 * in which they were submitted.
 */
import { Effect, Exit } from "effect"

interface Waiting<Job, Result, E> {
  readonly job: Job
  readonly resume: (result: Effect.Effect<Result, E>) => void
}

export class GroupCommit<Job, Result, E> {
  readonly #act: (jobs: ReadonlyArray<Job>) => Effect.Effect<ReadonlyArray<Result>, E>
  #waiting: Array<Waiting<Job, Result, E>> = []
  #isActing = false

  /** @param act does all jobs or fails; one result for each job, in order */
  constructor(act: (jobs: ReadonlyArray<Job>) => Effect.Effect<ReadonlyArray<Result>, E>) {
    this.#act = act
  }

  /** Once submitted a job will be done; interrupting only stops the waiting. */
  submit(job: Job): Effect.Effect<Result, E> {
    return Effect.callback<Result, E>((resume) => {
      this.#waiting.push({ job, resume })
      if (!this.#isActing) void this.#actUntilNoneWait()
    })
  }

  async #actUntilNoneWait(): Promise<void> {
    this.#isActing = true
    while (this.#waiting.length > 0) {
      const waiting = this.#waiting
      this.#waiting = []
      const exit = await Effect.runPromiseExit(this.#act(waiting.map(({ job }) => job)))
      waiting.forEach(({ resume }, index) => {
        resume(Exit.isSuccess(exit) ? Effect.succeed(exit.value[index]) : Effect.failCause(exit.cause))
      })
    }
    this.#isActing = false
  }
}

/**
 * Waiting for a server that does not answer: what fails in passing is tried again with growing pauses, for a bounded
 * time. However many wait for it at once, it is said once that they do, and once that it is over.
 */
import { Duration, Effect, Schedule } from "effect"
import type { S3Fault } from "./s3-fault.ts"

export const defaultPatience: Duration.Input = "10 minutes"

/** After 0.2, 0.4, 0.8 … 15 s, each a little more or less, so that many machines do not come back all at once. */
const pauses = (patience: Duration.Input) =>
  Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("15 seconds")]).pipe(
    Schedule.jittered,
    Schedule.upTo({ duration: patience })
  )

export class Patience {
  readonly #place: string
  readonly #patience: Duration.Input
  #isWaiting = false

  /** @param place whom one waits for, in a sentence */
  constructor(place: string, patience: Duration.Input) {
    this.#place = place
    this.#patience = patience
  }

  /** Fails with the last fault once the patience is used up, and then says what to do next. */
  readonly with = <A, R>(act: Effect.Effect<A, S3Fault, R>): Effect.Effect<A, S3Fault, R> =>
    act.pipe(
      Effect.tapError((fault) => (fault.kind === "passing" ? this.#begin(fault) : Effect.void)),
      Effect.retry({ schedule: pauses(this.#patience), while: ({ kind }) => kind === "passing" }),
      Effect.tap(() => this.#end),
      Effect.mapError((fault) => (fault.kind === "passing" ? this.#givenUp(fault) : fault))
    )

  get #long(): string {
    return Duration.format(Duration.fromInputUnsafe(this.#patience))
  }

  #begin({ detail }: S3Fault): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#isWaiting) return Effect.void
      this.#isWaiting = true
      return Effect.logWarning(`waiting for ${this.#place}, for ${this.#long} at most: ${detail}`)
    })
  }

  readonly #end = Effect.suspend(() => {
    if (!this.#isWaiting) return Effect.void
    this.#isWaiting = false
    return Effect.logInfo(`${this.#place} answers again`)
  })

  #givenUp(fault: S3Fault): S3Fault {
    this.#isWaiting = false
    const next = "see whether the server runs and can be reached from here, then start again"
    return fault.saying(`no answer in ${this.#long}: ${next} (${fault.detail})`)
  }
}

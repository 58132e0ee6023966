/**
 * What a failure of a schema registry means: whether to wait for it, and the LogError for it if not.
 */
import { Duration, Effect, Schedule } from "effect"
import { LogError } from "./event-log.ts"
import type { RegistryConnection } from "./registry-connection.ts"

/** Longest part of an answer that is repeated in a message. */
const longestReason = 500

/** The HTTP status of an answer. The library gives what went wrong on the way the status 400. */
export const statusOf = (cause: unknown): number | undefined =>
  cause instanceof Error && "status" in cause && typeof cause.status === "number" ? cause.status : undefined

const reasonOf = (cause: unknown): string => {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.replace(/^onefold - (Error, status 400: )?/, "").slice(0, longestReason)
}

/** @param what was asked about, as "version 2 of subject onefold.events.RunStarted" */
export const registryFault = (place: string, what: string, cause: unknown): LogError => {
  const status = statusOf(cause)
  const detail = `${what}: ${reasonOf(cause)}`
  if (status === 409 || status === 422) {
    const next =
      "Look at what the subject holds there: give Onefold a registry, or a part of one, in which nobody else writes its subjects"
    return new LogError({ reason: "incompatible", place, detail, next })
  }
  if (status === 401 || status === 403) {
    const next = "Check user and password, and what they may do: look up, and at the first start register"
    return new LogError({ reason: "refused", place, detail, next })
  }
  if (status === 404 || status === undefined) {
    const next = "Check the address: it ends where Confluent's API begins, for Apicurio with /apis/ccompat/v7"
    return new LogError({ reason: "refused", place, detail, next })
  }
  const next = "See whether the registry runs and can be reached, then start again"
  return new LogError({ reason: "unavailable", place, detail, next })
}

const defaultPatience = "10 minutes"

/** After 0.2, 0.4, 0.8 … 10 s. */
const growing = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("10 seconds")])

/** Asks a registry again while it is unavailable, and says so once. */
export const untilItAnswers = <A, R>(
  place: string,
  { patience = defaultPatience }: RegistryConnection,
  ask: Effect.Effect<A, LogError, R>
): Effect.Effect<A, LogError, R> =>
  Effect.suspend(() => {
    let isWaiting = false
    const limit = Duration.format(Duration.fromInputUnsafe(patience))
    const warn = (fault: LogError) =>
      Effect.suspend(() => {
        if (isWaiting || fault.reason !== "unavailable") return Effect.void
        isWaiting = true
        return Effect.logWarning(`waiting for ${place}, for up to ${limit}: ${fault.detail}`)
      })
    return ask.pipe(
      Effect.tapError(warn),
      Effect.retry({
        schedule: growing.pipe(Schedule.upTo({ duration: patience })),
        while: ({ reason }) => reason === "unavailable"
      }),
      Effect.tap(() => (isWaiting ? Effect.logInfo(`${place} answers`) : Effect.void)),
      Effect.mapError((fault) =>
        fault.reason === "unavailable"
          ? new LogError({ ...fault, detail: `it did not answer for ${limit}, the last time ${fault.detail}` })
          : fault
      )
    )
  })

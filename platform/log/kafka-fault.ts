/**
 * What a failure of Kafka means: whether trying again helps, and the LogError for it if not.
 *
 * kafkajs wraps errors in errors; the one at the bottom says what it was.
 */
import { Effect, Schedule } from "effect"
import { LogError } from "./event-log.ts"
import { openRefused } from "./kafka-transport.ts"

/** Several at once, as for each of several topics: the first stands for all. */
const firstOf = (cause: Error): unknown => ("errors" in cause && Array.isArray(cause.errors) ? cause.errors[0] : null)

const bottomOf = (cause: unknown): unknown => {
  if (!(cause instanceof Error)) return cause
  const below = cause.cause ?? firstOf(cause)
  return below instanceof Error ? bottomOf(below) : cause
}

/** The broker's name for the error, as in its protocol; undefined for what went wrong on the way. */
export const typeOf = (cause: unknown): unknown => {
  const bottom = bottomOf(cause)
  return bottom instanceof Error && "type" in bottom ? bottom.type : undefined
}

const isUnknownTopic = (cause: unknown): boolean => typeOf(cause) === "UNKNOWN_TOPIC_OR_PARTITION"

/** Whether somebody else has the transactional id now. */
export const isSuperseded = (cause: unknown): boolean =>
  /^(INVALID_PRODUCER_EPOCH|PRODUCER_FENCED|INVALID_TXN_STATE|INVALID_PRODUCER_ID_MAPPING)$/.test(String(typeOf(cause)))

/** What to do about what the brokers will refuse again, or this side will; null for everything else. */
const refusalOf = (cause: unknown): string | null => {
  const bottom = bottomOf(cause)
  if (!(bottom instanceof Error)) return null
  if (bottom.name === "KafkaJSSASLAuthenticationError" || /_SASL_|^SASL_/.test(String(typeOf(cause))))
    return "Look at the user, the password and the mechanism (ONEFOLD_KAFKA_USER, _PASSWORD, _MECHANISM)"
  if (/_AUTHORIZATION_FAILED$/.test(String(typeOf(cause)))) return "Give this user the right to it"
  if (/^(INVALID_(REPLICATION_FACTOR|PARTITIONS|CONFIG)|POLICY_VIOLATION)$/.test(String(typeOf(cause))))
    return "Ask for what this cluster allows, or let it allow more"
  const code = "code" in bottom ? String(bottom.code) : ""
  if (code === openRefused) return "Encrypt with --tls or --tls-ca, or allow it with --plaintext"
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return "Name the brokers as their certificates do, in --brokers and in what they advertise"
  if (/^ERR_SSL_WRONG_VERSION_NUMBER|^ERR_SSL_PACKET_LENGTH/.test(code))
    return "That port does not speak TLS: name the one that does"
  if (/^ERR_(SSL|TLS|OSSL)_/.test(code)) return "Look at the certificate that this side shows (--tls-cert, --tls-key)"
  if (/CERT|^UNABLE_TO_|^CRL_|^HOSTNAME_MISMATCH/.test(code))
    return "Name the authority that made the brokers' certificates with --tls-ca, and see that they are in date"
  return null
}

/** Whether trying again may help. A topic that is not there stays so. */
const isPassing = (cause: unknown): boolean => {
  const bottom = bottomOf(cause)
  if (isUnknownTopic(cause) || refusalOf(cause) !== null) return false
  return bottom instanceof Error && "retriable" in bottom && bottom.retriable === true
}

/** Whether the brokers are there but not ready: one that has just started makes the groups' own topic first. */
const isComing = (cause: unknown): boolean => {
  const bottom = bottomOf(cause)
  const isUnready = /^(COORDINATOR_NOT_AVAILABLE|COORDINATOR_LOAD_IN_PROGRESS)$/.test(String(typeOf(cause)))
  return isUnready || (bottom instanceof Error && bottom.name === "KafkaJSGroupCoordinatorNotFound")
}

/** @param cause what kafkajs threw */
export const kafkaFault = (place: string, cause: unknown): LogError => {
  if (cause instanceof LogError) return cause
  const bottom = bottomOf(cause)
  const detail = bottom instanceof Error ? bottom.message : String(bottom)
  if (isUnknownTopic(cause)) {
    const next = "Create it with createTopics, or check its name"
    return new LogError({ reason: "unknown-topic", place, detail, next })
  }
  if (typeOf(cause) === "OFFSET_OUT_OF_RANGE") {
    const next = "Look at the topic's retention: a log must keep everything"
    return new LogError({ reason: "corrupt", place, detail, next })
  }
  const refusal = refusalOf(cause)
  if (refusal !== null) return new LogError({ reason: "refused", place, detail, next: refusal })
  // A port that speaks TLS hangs up on who does not; one that wants a password, on who has none.
  const hungUp = bottom instanceof Error && /Closed connection|disconnected before secure TLS|ECONNRESET/.test(detail)
  const next = "See whether the brokers run and can be reached, then start again"
  const perhaps = hungUp ? "See whether that port wants TLS (--tls) or a password, and whether the brokers run" : next
  return new LogError({ reason: "unavailable", place, detail, next: perhaps })
}

/** Tries again after 50, 100, 200 … 1000 ms, for about so many seconds, beside what the tries themselves take. */
const forSeconds = (seconds: number) =>
  Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("1 second")]).pipe(
    Schedule.upTo({ times: seconds + 4 })
  )

/** Somebody waits for an answer. */
const asking = forSeconds(10)

/** The brokers answer, so it is worth waiting for them. */
const waiting = forSeconds(60)

/** Work that goes on for days: brokers are restarted, and take their time. */
const standing = forSeconds(180)

const tryAgain =
  (schedule: typeof asking) =>
  <A>(place: string, act: () => Promise<A>): Effect.Effect<A, LogError> =>
    Effect.tryPromise({ try: act, catch: (cause) => ({ cause }) }).pipe(
      Effect.retry({ schedule: waiting, while: ({ cause }) => isComing(cause) }),
      Effect.retry({ schedule, while: ({ cause }) => isPassing(cause) && !isComing(cause) }),
      Effect.mapError(({ cause }) => kafkaFault(place, cause))
    )

/** Does something with Kafka, again if it fails in passing. */
export const attempt = tryAgain(asking)

/** The same with more patience, for what nobody waits for. */
export const attemptPatiently = tryAgain(standing)

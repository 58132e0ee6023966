/**
 * Values too large for a broker travel by reference: the value becomes an artifact, and its record has the artifact's
 * hash as a header and only the first bytes of the value.
 *
 * A layer over any log. Whoever reads through it gets whole values, checked by their hash, and does not see the
 * difference. Whoever reads the log without it sees which run an event is of, for that lies in an event's first bytes.
 *
 * The artifact is durable before its record is written, so no record names what is not there. A record that was not
 * written after all leaves an artifact that nobody names; the next try finds it there.
 */
import { Effect, Layer, Stream } from "effect"
import { Artifacts, type ArtifactUnreadable, type ArtifactUnwritable } from "../../learning/artifacts.ts"
import { type Batch, type Draft, EventLog, LogError, type LogRecord } from "./event-log.ts"
import { nameOf } from "./groups.ts"

/** The header that names the artifact. A draft's own header of this name is dropped. */
export const blobHeader = "onefold-blob"

/** What is longer travels by reference. */
export const largestInline = 4 * 1024 * 1024

/** Of the value, in its record: more than an event's head takes. */
const headLength = 128

const without = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const { [blobHeader]: _, ...others } = headers
  return others
}

const unwritten = ({ key, topic }: Draft, error: ArtifactUnwritable): LogError =>
  new LogError({
    reason: error.reason === "io" ? "unavailable" : error.reason,
    place: error.place,
    detail: `the value of a record for topic ${topic}, key ${key}, could not be kept there: ${error.detail}`,
    next: "See whether the place for artifacts can be written to and has room, then start again"
  })

const unread = (record: LogRecord, { detail, hash, place, reason }: ArtifactUnreadable): LogError =>
  new LogError({
    reason: reason === "io" ? "unavailable" : "corrupt",
    place: `${nameOf(record)} offset ${record.offset}`,
    detail: `its value is artifact ${hash} at ${place}, which cannot be used (${reason}): ${detail}`,
    next: "Bring the artifact back from a copy, or name the place for artifacts that the writer had"
  })

/** Values over `limit` bytes go through the artifacts. */
export const layerLargeValues = (limit: number = largestInline): Layer.Layer<EventLog, never, EventLog | Artifacts> =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const [log, artifacts] = [yield* EventLog, yield* Artifacts]

      const put = Effect.fn("largeValues.put")(function* (draft: Draft) {
        const { headers = {}, value } = draft
        if (value.length <= limit) return blobHeader in headers ? { ...draft, headers: without(headers) } : draft
        const hash = yield* Effect.mapError(artifacts.store(value), (error) => unwritten(draft, error))
        return { ...draft, value: value.slice(0, headLength), headers: { ...headers, [blobHeader]: hash } }
      })
      const putAll = (drafts: ReadonlyArray<Draft>) => Effect.forEach(drafts, put)

      const whole = Effect.fn("largeValues.whole")(function* (record: LogRecord) {
        const hash = record.headers[blobHeader]
        if (hash === undefined) return record
        const value = yield* Effect.mapError(artifacts.load(hash), (error) => unread(record, error))
        return { ...record, value, headers: without(record.headers) }
      })

      return {
        ...log,
        append: (drafts) => Effect.flatMap(putAll(drafts), log.append),
        read: (topic, partition, from) => Stream.mapEffect(log.read(topic, partition, from), whole),
        tail: (topics, from) => Stream.mapEffect(log.tail(topics, from), whole),
        consume: <E, R>(consumption: Parameters<typeof log.consume<E, R>>[0]) =>
          log.consume({
            ...consumption,
            handle: (batch: Batch) =>
              Effect.gen(function* () {
                const records = yield* Effect.forEach(batch.records, whole)
                return yield* putAll(yield* consumption.handle({ ...batch, records }))
              })
          })
      }
    })
  )

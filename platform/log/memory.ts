/**
 * EventLogMemory: the log as arrays, for tests and simulations. Nothing outlives the layer.
 *
 * Values are copied in and out, so that nobody can change what was written.
 */
import { Effect, Layer } from "effect"
import { EventLog, type LogRecord, type Position } from "./event-log.ts"
import { nameOf, type Place } from "./groups.ts"
import { type GroupOffset, inProcess, type Placed, type Store } from "./in-process.ts"

const memoryStore = (): Store => {
  const topics = new Map<string, ReadonlyArray<Array<LogRecord>>>()
  const offsets = new Map<string, number>()
  const recordsAt = ({ partition, topic }: Place): Array<LogRecord> => topics.get(topic)?.[partition] ?? []
  const groupKey = (group: string, place: Place): string => `${nameOf(place)} ${group}`

  const keep = ({ headers = {}, key, partition, timestamp, topic, value }: Placed): Position => {
    const records = recordsAt({ topic, partition })
    const position = { topic, partition, offset: records.length }
    records.push({ ...position, key, timestamp, value: value.slice(), headers: { ...headers } })
    return position
  }

  return {
    place: "memory",
    partitions: (topic) => topics.get(topic)?.length,
    add: (specs) =>
      Effect.sync(() => {
        for (const { name, partitions } of specs) {
          topics.set(
            name,
            Array.from({ length: partitions }, () => [])
          )
        }
      }),
    write: (drafts, moved: ReadonlyArray<GroupOffset>) =>
      Effect.sync(() => {
        for (const offset of moved) offsets.set(groupKey(offset.group, offset), offset.offset)
        return drafts.map(keep)
      }),
    records: (place, from, limit) =>
      Effect.sync(() =>
        recordsAt(place)
          .slice(from, from + limit)
          .map((record) => ({ ...record, value: record.value.slice() }))
      ),
    end: (place) => recordsAt(place).length,
    committed: (group, place) => offsets.get(groupKey(group, place))
  }
}

/** A new, empty log. */
export const layerMemory: Layer.Layer<EventLog> = Layer.sync(EventLog, () => inProcess(memoryStore()))

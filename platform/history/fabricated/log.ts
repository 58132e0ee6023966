/**
 * Where a fabricated run's events would lie in a log: the records, without a log.
 */
import { catalogue, type OnefoldEvent } from "../../../schemas/catalogue.ts"
import { encode } from "../../log/codec.ts"
import type { LogRecord } from "../../log/event-log.ts"
import { partitionOf } from "../../log/partition.ts"

/** When the first record was written; each later one comes a millisecond after. */
const beginning = Date.UTC(2026, 0, 1)

/** One record for each event, in the order given. */
export const recordsOf = (events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<LogRecord> => {
  const ends = new Map<string, number>()
  return events.map((event, i) => {
    const { key: keyOf, topic } = catalogue[event._tag]
    const key = keyOf(event)
    const partition = partitionOf(key, topic.partitions)
    const place = `${topic.name}/${partition}`
    const offset = ends.get(place) ?? 0
    ends.set(place, offset + 1)
    return { topic: topic.name, partition, offset, key, value: encode(event), headers: {}, timestamp: beginning + i }
  })
}

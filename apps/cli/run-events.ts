/**
 * What the log says of one run, one kind of event at a time.
 */
import { Effect, Stream } from "effect"
import { runOf } from "../../platform/log/codec.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import type { EventOf, Tag } from "../../platform/stream/stage.ts"
import { catalogue, type OnefoldEvent } from "../../schemas/catalogue.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { eventOf } from "./record.ts"

/**
 * A run's events of one kind up to now, partition by partition. The first record of an id wins, here as everywhere.
 * Fails with LogError and RecordUnreadable.
 */
export const eventsOf = <T extends Tag>({ logStart, runId }: RunStarted, tag: T) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = catalogue[tag].topic.name
      const partitions = [...(yield* log.endOffsets(topic)).keys()]
      const isAsked = (event: OnefoldEvent): event is EventOf<T> => event._tag === tag
      const seen = new Set<string>()
      return Stream.fromIterable(partitions).pipe(
        Stream.flatMap((partition) => {
          const begun = logStart.find((start) => start.topic === topic && start.partition === partition)
          return log.read(topic, partition, begun?.offset ?? 0)
        }),
        Stream.filter((record) => runOf(record.value) === runId),
        Stream.mapEffect(eventOf),
        Stream.filter(isAsked),
        Stream.filter(({ eventId }) => seen.size < seen.add(eventId).size)
      )
    })
  )

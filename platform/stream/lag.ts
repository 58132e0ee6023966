/**
 * How far a consumer group is behind: the records between its committed offsets and the ends of its topics.
 *
 * An upper bound. Some offsets have no record, Kafka's transaction markers foremost: a group that has handled everything
 * may stand a little before the end, and its lag comes to rest there instead of at 0.
 */
import { type Duration, Effect, Metric } from "effect"
import { EventLog, type LogError } from "../log/event-log.ts"

/** A group and what it consumes. */
export interface Watched {
  readonly group: string
  readonly topics: ReadonlyArray<string>
}

export interface TopicLag {
  readonly topic: string
  /** At most so many records of all partitions together are not handled yet. */
  readonly lag: number
}

/** How far a group is behind in each of these topics; where it has no offset yet, it counts from 0. */
export const lagOf = Effect.fnUntraced(function* (group: string, topics: ReadonlyArray<string>) {
  const log = yield* EventLog
  const lags: Array<TopicLag> = []
  for (const topic of topics) {
    // The group first: what is appended and handled meanwhile then counts as lag, and never as less than none.
    const committed = yield* log.committed(group, topic)
    const ends = yield* log.endOffsets(topic)
    const lag = ends.reduce((sum, end, partition) => sum + Math.max(0, end - (committed[partition] ?? 0)), 0)
    lags.push({ topic, lag })
  }
  return lags
})

const gaugeOf = (group: string, topic: string) =>
  Metric.gauge("onefold_stage_lag", {
    description: "records between a group's committed offsets and the ends of the topic, at most",
    attributes: { group, topic }
  })

/** A figure that is not kept up is worse than none. */
const forget = ({ group, topics }: Watched) =>
  Effect.forEach(topics, (topic) => Metric.remove(gaugeOf(group, topic)), { discard: true })

const tell = ({ group, topics }: Watched): Effect.Effect<void, LogError, EventLog> =>
  Effect.flatMap(lagOf(group, topics), (lags) =>
    Effect.forEach(lags, ({ lag, topic }) => Metric.update(gaugeOf(group, topic), lag), { discard: true })
  )

/**
 * Keeps the gauge `onefold_stage_lag` up to date for as long as it runs. While the log does not answer, the group's
 * series are gone, and the log of this process says so once.
 */
export const watchLag = (
  groups: ReadonlyArray<Watched>,
  every: Duration.Input = "5 seconds"
): Effect.Effect<never, never, EventLog> =>
  Effect.suspend(() => {
    const unknown = new Set<string>()
    const look = (watched: Watched) =>
      tell(watched).pipe(
        Effect.tap(() => Effect.sync(() => unknown.delete(watched.group))),
        Effect.catch((error) =>
          Effect.gen(function* () {
            yield* forget(watched)
            if (unknown.has(watched.group)) return
            unknown.add(watched.group)
            yield* Effect.logWarning(`the lag of ${watched.group} is not known: ${error.message}`)
          })
        )
      )
    const round = Effect.forEach(groups, look, { discard: true })
    return Effect.forever(Effect.andThen(round, Effect.sleep(every))).pipe(
      Effect.ensuring(Effect.forEach(groups, forget, { discard: true }))
    )
  })

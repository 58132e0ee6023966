/**
 * Topics for a log that may have some already: a cluster's, which an operator made with more partitions than a log of
 * one's own has. Whatever is there is used as it is.
 */
import { Effect } from "effect"
import { EventLog, type TopicSpec } from "./event-log.ts"

export const makeMissing = Effect.fn("missingTopics.make")(function* (topics: ReadonlyArray<TopicSpec>) {
  const log = yield* EventLog
  const isMissing = ({ name }: TopicSpec) =>
    log.endOffsets(name).pipe(
      Effect.as(false),
      Effect.catchIf(
        ({ reason }) => reason === "unknown-topic",
        () => Effect.succeed(true)
      )
    )
  yield* log.createTopics(yield* Effect.filter(topics, isMissing))
})

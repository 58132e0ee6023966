/**
 * The loop that drives every stage: read, deliver, handle, append and commit in one act. It exists once, here.
 *
 * A Decider's state is not stored: it is the fold of what lies before the group's committed offsets, read again from
 * the log at the start (`restore`). Outputs are appended together with the commit, so everything before those offsets
 * has had its consequences, and nothing behind them has.
 */
import { Effect, Schema, Semaphore, Stream } from "effect"
import { catalogue, type OnefoldEvent } from "../../schemas/catalogue.ts"
import type { RunId } from "../../schemas/ids.ts"
import { type Batch, EventLog, type Position } from "../log/event-log.ts"
import { Deduplication } from "./deduplication.ts"
import { deliver } from "./deliver.ts"
import type { Decider, Delivered, EventOf, Stage, Tag } from "./stage.ts"
import { meterOf } from "./stage-metrics.ts"

/** Whose events a loop serves. */
export interface Serving {
  /** Only this run's events; null serves every run. */
  readonly runId: RunId | null
  /** No event of this run lies before these offsets (RunStarted.logStart); what is not named starts at 0. */
  readonly from: ReadonlyArray<Position>
}

/** The topics that carry these events, each once. */
export const topicsOf = (tags: ReadonlyArray<Tag>): ReadonlyArray<string> => [
  ...new Set(tags.map((tag) => catalogue[tag].topic.name))
]

/** One consumer group for each stage; a run that is served alone has groups of its own. */
export const groupOf = (name: string, { runId }: Serving): string => (runId === null ? name : `${name}/${runId}`)

/** A batch came again, because it could not be committed: what is in mind is ahead of the log. */
export class AheadOfLog extends Schema.TaggedError<AheadOfLog>()("AheadOfLog", {
  group: Schema.String,
  place: Schema.String
}) {
  override get message(): string {
    return `${this.group}: what it made of a batch of ${this.place} could not be committed; check the log if this goes on`
  }
}

/** Refuses a batch that was handed out before. */
const eachOnce = (group: string) => {
  const reached = new Map<string, number>()
  return ({ partition, records, topic }: Batch): Effect.Effect<void, AheadOfLog> =>
    Effect.suspend(() => {
      const place = `${topic}/${partition}`
      if (records[0].offset < (reached.get(place) ?? 0)) return Effect.fail(new AheadOfLog({ group, place }))
      reached.set(place, records[records.length - 1].offset + 1)
      return Effect.void
    })
}

/** How often a loop begins anew before it gives up. */
const mostStarts = 6

/** Where a commit failed, what is in mind is forgotten and the loop begins anew, as after a kill. */
const beginningAnew = <A, E, R>(loop: Effect.Effect<A, E | AheadOfLog, R>): Effect.Effect<A, E | AheadOfLog, R> =>
  loop.pipe(
    Effect.tapError((error) => (error instanceof AheadOfLog ? Effect.logWarning(error.message) : Effect.void)),
    Effect.retry({ while: (error) => error instanceof AheadOfLog, times: mostStarts })
  )

/** Serves a stage until it fails or is interrupted. */
export const serveStage = <In extends Tag, E, R>(stage: Stage<In, E, R>, serving: Serving) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const first = eachOnce(groupOf(stage.name, serving))
    const metered = yield* meterOf(stage.name)
    const seen = new Deduplication()
    const tags = new Set<Tag>(stage.consumes)
    return yield* log.consume({
      group: groupOf(stage.name, serving),
      topics: topicsOf(stage.consumes),
      maxBatch: stage.maxBatch,
      handle: (batch) =>
        Effect.gen(function* () {
          yield* first(batch)
          const found = yield* deliver<In>(batch.records, tags, serving.runId, seen)
          const outputs = found.deliveries.length === 0 ? [] : yield* stage.handle(found.deliveries)
          return { found, outputs }
        }).pipe(metered)
    })
  }).pipe(beginningAnew)

interface Memory<State> {
  readonly seen: Deduplication
  readonly states: Map<string, State>
}

const remember = <State, In extends Tag, E, R>(
  decider: Decider<State, In, E, R>,
  { states }: Memory<State>,
  delivered: Delivered<EventOf<In>>
): State => {
  const runId = delivered.event.runId
  const state = decider.evolve(states.get(runId) ?? decider.initialState, delivered)
  states.set(runId, state)
  return state
}

const restore = <State, In extends Tag, E, R>(
  decider: Decider<State, In, E, R>,
  serving: Serving,
  memory: Memory<State>
) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const tags = new Set<Tag>(decider.consumes)
    for (const topic of topicsOf(decider.consumes)) {
      const committed = yield* log.committed(groupOf(decider.name, serving), topic)
      for (const [partition, end] of committed.entries()) {
        if (end === null) continue
        const from = serving.from.find((start) => start.topic === topic && start.partition === partition)?.offset ?? 0
        const past = log.read(topic, partition, from).pipe(Stream.takeWhile((record) => record.offset < end))
        yield* Stream.runForEach(past, (record) =>
          Effect.gen(function* () {
            const { deliveries } = yield* deliver<In>([record], tags, serving.runId, memory.seen)
            for (const delivered of deliveries) remember(decider, memory, delivered)
          })
        )
      }
    }
  })

/** Serves a decider until it fails or is interrupted, after its state has been read back from the log. */
export const serveDecider = <State, In extends Tag, E, R>(decider: Decider<State, In, E, R>, serving: Serving) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const first = eachOnce(groupOf(decider.name, serving))
    const metered = yield* meterOf(decider.name)
    const memory: Memory<State> = { seen: new Deduplication(), states: new Map() }
    yield* restore(decider, serving, memory)
    const oneAtATime = yield* Semaphore.make(1)
    const tags = new Set<Tag>(decider.consumes)
    return yield* log.consume({
      group: groupOf(decider.name, serving),
      topics: topicsOf(decider.consumes),
      handle: (batch) =>
        Effect.gen(function* () {
          yield* first(batch)
          const found = yield* deliver<In>(batch.records, tags, serving.runId, memory.seen)
          const outputs: Array<OnefoldEvent> = []
          for (const delivered of found.deliveries)
            outputs.push(...(yield* decider.decide(remember(decider, memory, delivered), delivered)))
          return { found, outputs }
        }).pipe(metered, oneAtATime.withPermits(1))
    })
  }).pipe(beginningAnew)

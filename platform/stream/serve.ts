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
import { deliver, type Refusing } from "./deliver.ts"
import type { Decider, Delivered, EventOf, Stage, Tag } from "./stage.ts"
import { meterOf } from "./stage-metrics.ts"
import { Crashes, type Tolerance, tolerating } from "./tolerance.ts"

/** Whose events a loop serves. */
export interface Serving {
  /** Only this run's events; null serves every run. */
  readonly runId: RunId | null
  /** No event of this run lies before these offsets (RunStarted.logStart); what is not named starts at 0. */
  readonly from: ReadonlyArray<Position>
  /** Whether an interruption waits until the batch in hand is kept. */
  readonly finishing?: boolean
  /** Says which events their runs have no place for: these are set aside. It must say the same of an event each time. */
  readonly refusing?: Refusing
  /** Told how many partitions it has, each time they are dealt. */
  readonly dealt?: (partitions: number) => Effect.Effect<void>
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

const placeOf = ({ partition, topic }: Omit<Position, "offset">): string => `${topic}/${partition}`

/** Refuses a batch that was handed out before. */
const eachOnce = (group: string) => {
  const reached = new Map<string, number>()
  return ({ partition, records, topic }: Batch): Effect.Effect<void, AheadOfLog> =>
    Effect.suspend(() => {
      const place = placeOf({ topic, partition })
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
export const serveStage = <In extends Tag, E, R>(stage: Stage<In, E, R>, serving: Serving, tolerance?: Tolerance) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const metered = yield* meterOf(stage.name)
    const seen = new Deduplication()
    const crashes = new Crashes()
    const tags = new Set<Tag>(stage.consumes)
    return yield* log.consume({
      group: groupOf(stage.name, serving),
      topics: topicsOf(stage.consumes),
      maxBatch: stage.maxBatch,
      finishing: serving.finishing,
      dealt: serving.dealt,
      handle: (batch) =>
        Effect.gen(function* () {
          const found = yield* deliver<In>(batch.records, tags, serving.runId, seen, serving.refusing)
          if (found.deliveries.length === 0) return { found, outputs: [] }
          const outputs =
            tolerance === undefined
              ? yield* stage.handle(found.deliveries)
              : yield* tolerating(stage, tolerance, { ...found, crashes, seen })
          return { found, outputs }
        }).pipe(metered)
    })
  })

interface Memory<State> {
  readonly seen: Deduplication
  readonly states: Map<string, State>
  readonly first: ReturnType<typeof eachOnce>
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

/** The state of before these positions, read again from the log. */
const restored = <State, In extends Tag, E, R>(
  decider: Decider<State, In, E, R>,
  serving: Serving,
  positions: ReadonlyArray<Position>
) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const memory: Memory<State> = {
      seen: new Deduplication(),
      states: new Map(),
      first: eachOnce(groupOf(decider.name, serving))
    }
    const tags = new Set<Tag>(decider.consumes)
    const begins = new Map(serving.from.map((start) => [placeOf(start), start.offset]))
    for (const position of positions) {
      const { offset: end, partition, topic } = position
      const from = begins.get(placeOf(position)) ?? 0
      if (from >= end) continue
      const past = log.read(topic, partition, from).pipe(Stream.takeWhile((record) => record.offset < end))
      yield* Stream.runForEach(past, (record) =>
        Effect.gen(function* () {
          const { deliveries } = yield* deliver<In>([record], tags, serving.runId, memory.seen, serving.refusing)
          for (const delivered of deliveries) remember(decider, memory, delivered)
        })
      )
    }
    return memory
  })

/**
 * Serves a decider until it fails or is interrupted, after its state has been read back from the log. Whoever serves it
 * last, for the same runs, serves it alone.
 */
export const serveDecider = <State, In extends Tag, E, R>(decider: Decider<State, In, E, R>, serving: Serving) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const metered = yield* meterOf(decider.name)
    let memory = yield* restored(decider, serving, [])
    const oneAtATime = yield* Semaphore.make(1)
    const tags = new Set<Tag>(decider.consumes)
    return yield* log.consume({
      group: groupOf(decider.name, serving),
      topics: topicsOf(decider.consumes),
      finishing: serving.finishing,
      dealt: serving.dealt,
      sole: {
        from: serving.from,
        starting: (positions) =>
          Effect.map(restored(decider, serving, positions), (before) => {
            memory = before
          }).pipe(Effect.provideService(EventLog, log))
      },
      handle: (batch) =>
        Effect.gen(function* () {
          yield* memory.first(batch)
          const found = yield* deliver<In>(batch.records, tags, serving.runId, memory.seen, serving.refusing)
          const outputs: Array<OnefoldEvent> = []
          for (const delivered of found.deliveries)
            outputs.push(...(yield* decider.decide(remember(decider, memory, delivered), delivered)))
          return { found, outputs }
        }).pipe(metered, oneAtATime.withPermits(1))
    })
  }).pipe(beginningAnew)

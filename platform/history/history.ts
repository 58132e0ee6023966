/**
 * History: every event of a run as rows in ClickHouse, and questions about them.
 *
 * It is a projection of the log and never a source: it follows the log from beside the pipeline, holds nothing up, and
 * can be thrown away. Each row carries the position of the record that caused it, so a projection that was killed goes
 * on where its tables end, without gap or repeat (projector.ts).
 */
import { Context, Effect, Layer, type Scope, Semaphore, Stream } from "effect"
import { topics } from "../../schemas/catalogue.ts"
import { runOf } from "../log/codec.ts"
import { EventLog, type LogError, type LogRecord, type Position } from "../log/event-log.ts"
import { type HistoryError, historyError, storageFault } from "./history-error.ts"
import { type HistoryPlace, HistoryThread } from "./history-thread.ts"
import { type PlannedRun, placedRecords } from "./placed-records.ts"
import type { HistoryQuestion, QueryFormat } from "./query-format.ts"
import type { ServerAddress } from "./server/address.ts"
import { configuredServer } from "./server/configured.ts"
import { strangers } from "./strangers.ts"

/** A run to follow: from these positions on, 0 where none is named. */
export interface FollowedRun extends PlannedRun {
  readonly from: ReadonlyArray<Position>
}

export interface Following {
  /**
   * Returns once every record that the log holds now has its rows in the tables. Fails with HistoryError: full,
   * not-writable, unavailable; incomplete where the log names rollouts that it does not hold.
   */
  readonly drain: Effect.Effect<void, HistoryError | LogError>
}

const placeOf = ({ partition, topic }: Pick<Position, "topic" | "partition">): string => `${topic}/${partition}`

/** Hands a run's records over in order, each once, from wherever they come; what is other runs' stays here. */
class Feed {
  readonly #thread: HistoryThread
  readonly #run: FollowedRun
  readonly #next: Map<string, number>
  readonly #turn = Semaphore.makeUnsafe(1)

  constructor(thread: HistoryThread, run: FollowedRun) {
    this.#thread = thread
    this.#run = run
    this.#next = new Map(run.from.map((position) => [placeOf(position), position.offset]))
  }

  next(topic: string, partition: number): number {
    return this.#next.get(placeOf({ topic, partition })) ?? 0
  }

  take(records: ReadonlyArray<LogRecord>): Effect.Effect<void, HistoryError> {
    return Effect.suspend(() => {
      const fresh = records.filter(({ offset, partition, topic }) => offset >= this.next(topic, partition))
      const own = fresh.filter(({ value }) => this.#isOurs(runOf(value)))
      return placedRecords(own, this.#run).pipe(
        Effect.flatMap((placed) => (placed.length === 0 ? Effect.void : this.#hand(placed))),
        Effect.andThen(
          Effect.sync(() => {
            for (const record of fresh) this.#next.set(placeOf(record), record.offset + 1)
          })
        )
      )
    }).pipe(this.#turn.withPermits(1))
  }

  #isOurs(owner: string | null): boolean {
    return owner === this.#run.runId || owner === strangers
  }

  #hand(records: ReadonlyArray<LogRecord>): Effect.Effect<void, HistoryError> {
    return Effect.asVoid(this.#thread.ask({ kind: "take", runId: this.#run.runId, records }))
  }
}

const topicNames = topics.map(({ name }) => name)

const catchUp = Effect.fn("History.catchUp")(function* (log: EventLog["Service"], feed: Feed) {
  for (const topic of topicNames) {
    for (const [partition, end] of (yield* log.endOffsets(topic)).entries()) {
      const next = feed.next(topic, partition)
      if (next < end) yield* Stream.runForEachArray(log.read(topic, partition, next), (records) => feed.take(records))
    }
  }
})

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/**
 * Loads chDB's library here before the thread does, and for good (see chdb.ts). Only now, because it is large: who asks
 * nothing of the history does without.
 */
const startThread = Effect.tryPromise({
  try: () => import("./chdb.ts"),
  catch: (cause) => storageFault("the ClickHouse engine", cause)
}).pipe(Effect.map(() => new HistoryThread()))

export class History extends Context.Service<
  History,
  {
    /**
     * Follows a run from now on until the scope closes: reads its events from the log, whichever are already there
     * first, and turns them into rows. A failure stops the following, is logged, and is told again by `drain`.
     */
    readonly follow: (run: FollowedRun) => Effect.Effect<Following, HistoryError | LogError, EventLog | Scope.Scope>
    /** Inserts the rows that wait to be inserted. */
    readonly flush: Effect.Effect<void, HistoryError>
    /** Answers one reading statement; rows that wait are inserted first. Fails with HistoryError: refused, bad-sql, too-much. */
    readonly query: (sql: string, format: QueryFormat) => Effect.Effect<string, HistoryError>
    /** The same of any question, as bytes: text is UTF-8. */
    readonly answer: (question: HistoryQuestion) => Effect.Effect<Uint8Array, HistoryError>
  }
>()("onefold/platform/history/History") {
  /** The history in a folder, made if it is not there. One process at a time: else HistoryError, locked. */
  static readonly layer = (folder: string): Layer.Layer<History, HistoryError> => History.#at({ folder }, folder)

  /** The history on a ClickHouse server. Fails with HistoryError: unreachable, not-admitted, newer-version. */
  static readonly layerServer = (server: ServerAddress): Layer.Layer<History, HistoryError> =>
    History.#at({ server }, server.url)

  /** The history on the server that the environment names; in a folder where it names none. */
  static readonly layerConfigured = (folder: string): Layer.Layer<History, HistoryError> =>
    Layer.unwrap(
      Effect.map(configuredServer, (server) => (server === null ? History.layer(folder) : History.layerServer(server)))
    )

  static readonly #at = (place: HistoryPlace, name: string): Layer.Layer<History, HistoryError> =>
    Layer.effect(
      History,
      Effect.gen(function* () {
        const thread = yield* Effect.acquireRelease(startThread, (thread) =>
          thread.ask({ kind: "close" }).pipe(
            Effect.catch((error) => Effect.logWarning(error.message)),
            Effect.andThen(Effect.promise(() => thread.end()))
          )
        )
        yield* thread.ask({ kind: "open", place })

        const drain = Effect.fn("History.drain")(function* (log: EventLog["Service"], feed: Feed, runId: string) {
          yield* catchUp(log, feed)
          yield* thread.ask({ kind: "flush" })
          const missing = yield* thread.ask({ kind: "missing", runId })
          if (missing !== "") return yield* historyError("incomplete", name, `the log of run ${runId} lacks ${missing}`)
        })

        const follow = Effect.fn("History.follow")(function* (run: FollowedRun) {
          const log = yield* EventLog
          const { runId, vocabulary } = run
          yield* Effect.acquireRelease(thread.ask({ kind: "begin", run: { runId, vocabulary } }), () =>
            thread.ask({ kind: "end", runId }).pipe(Effect.catch((error) => Effect.logWarning(error.message)))
          )
          const feed = new Feed(thread, run)
          const everywhere = yield* Effect.forEach(topicNames, (topic) =>
            Effect.map(log.endOffsets(topic), (ends) =>
              ends.map((_, partition) => ({ topic, partition, offset: feed.next(topic, partition) }))
            )
          )
          yield* Stream.runForEachArray(log.tail(topicNames, everywhere.flat()), (records) => feed.take(records)).pipe(
            Effect.tapError((error) => Effect.logWarning(error.message)),
            Effect.scoped,
            Effect.forkScoped
          )
          return { drain: drain(log, feed, run.runId) }
        })

        return History.of({
          follow,
          flush: Effect.asVoid(thread.ask({ kind: "flush" })),
          query: (sql, format) => Effect.map(thread.answer({ sql, format }), textOf),
          answer: (question) => thread.answer(question)
        })
      })
    )
}

/**
 * What tests of the history share: a fabricated run, folders that go away, and questions.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, Exit, Schema } from "effect"
import { topics } from "../../schemas/catalogue.ts"
import { EventLog } from "../log/event-log.ts"
import { draftOf } from "../stream/deliver.ts"
import { connect, settled } from "./chdb.ts"
import { checksums } from "./checksums.ts"
import { type Shape, vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { History } from "./history.ts"

export const shape: Shape = { runId: "run-1", steps: 3, samples: 8, shards: 2, cohorts: 2, longest: 12 }
export const events = fabricatedRun(shape)
/** With all that a run may have: a critic, and batches of several updates, the last one of fewer. */
export const ppoShape: Shape = { ...shape, updatesPerBatch: 2, critic: true }
/** The run as it is followed. */
export const run = { runId: shape.runId, vocabulary, from: [] }

/** A folder that is gone afterwards. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-history-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The log, with every topic in it. */
export const newLog = Effect.gen(function* () {
  const log = yield* EventLog
  yield* log.createTopics(topics)
  return log
})

/** Uses the history of a folder and closes it. */
export const within = <A, E, R>(path: string, use: Effect.Effect<A, E, R>) =>
  Effect.scoped(Effect.provide(use, History.layer(path)))

const Rows = Schema.Array(Schema.Record(Schema.String, Schema.Unknown))

/** The rows of an answer. */
export const ask = Effect.fn("ask")(function* (sql: string) {
  const answer = yield* (yield* History).query(sql, "json")
  return yield* Schema.decodeUnknownEffect(Rows)(
    answer
      .split("\n")
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line))
  )
})

/** What a closed history holds. */
export const contentOf = (path: string) =>
  Effect.promise(async () => {
    const connection = connect(join(path, "tables"))
    const content = checksums(connection)
    connection.close()
    await settled()
    return content
  })

/** Projects the fabricated run into a folder. */
export const project = (path: string) =>
  within(
    path,
    Effect.gen(function* () {
      const log = yield* newLog
      const { drain } = yield* (yield* History).follow(run)
      yield* log.append(events.map(draftOf))
      yield* drain
    })
  )

/** What a failure says; the test fails where there is none. */
export const reasonOf = <A, E>(exit: Exit.Exit<A, E>): string => {
  assert.isTrue(Exit.isFailure(exit))
  return String(exit)
}

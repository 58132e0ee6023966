/**
 * A process of its own for history-killed.test.ts: projects a fabricated run into a folder, event by event, and says on standard
 * output how many events are in the tables, until it is done or killed.
 *
 *   history.child.ts FOLDER SHAPE    SHAPE as JSON
 */
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { topics } from "../../schemas/catalogue.ts"
import { EventLog } from "../log/event-log.ts"
import { layerMemory } from "../log/memory.ts"
import { draftOf } from "../stream/deliver.ts"
import { vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { History } from "./history.ts"

const Shape = Schema.fromJsonString(
  Schema.Struct({
    runId: Schema.String,
    steps: Schema.Int,
    updatesPerBatch: Schema.optionalKey(Schema.Int),
    critic: Schema.optionalKey(Schema.Boolean),
    samples: Schema.Int,
    shards: Schema.Int,
    cohorts: Schema.Int,
    longest: Schema.Int
  })
)

const [, , folder = "", shapeText = ""] = process.argv

/** Events appended before the tables are brought up to date. */
const stride = 3

const program = Effect.gen(function* () {
  const shape = yield* Schema.decodeEffect(Shape)(shapeText)
  const log = yield* EventLog
  yield* log.createTopics(topics)
  const { follow } = yield* History
  const { drain } = yield* follow({ runId: shape.runId, vocabulary, from: [] })
  const drafts = fabricatedRun(shape).map(draftOf)
  for (let i = 0; i < drafts.length; i += stride) {
    yield* log.append(drafts.slice(i, i + stride))
    yield* drain.pipe(
      Effect.catchIf(
        (error) => error.reason === "incomplete",
        () => Effect.void
      )
    )
    yield* Effect.sync(() => process.stdout.write(`${i + stride}\n`))
  }
  yield* drain
})

// The clock stands still, so that every process writes the same records.
await Effect.runPromise(
  program.pipe(
    Effect.scoped,
    Effect.provide(History.layer(folder)),
    Effect.provide(layerMemory),
    Effect.provide(TestClock.layer())
  )
)

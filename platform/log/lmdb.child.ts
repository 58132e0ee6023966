/**
 * A process of its own for lmdb.test.ts: opens the log of a folder, does one job, and says on standard output how far it
 * is, until it is killed.
 *
 *   copy FOLDER   appends 0, 1, 2 … to "input" and copies it to "output" as group "copy"; one line for each append kept
 *   hold FOLDER   opens the log, says "open" and waits
 *   fill FOLDER   appends until that fails, then says why and how much can be read
 */
import { Effect, Stream } from "effect"
import { EventLog, LogError } from "./event-log.ts"
import { layerLmdb } from "./lmdb.ts"

const [, , job = "", folder = ""] = process.argv
const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const copy = Effect.gen(function* () {
  const log = yield* EventLog
  yield* log.createTopics([
    { name: "input", partitions: 1 },
    { name: "output", partitions: 1 }
  ])
  let [number] = yield* log.endOffsets("input")
  const append = Effect.gen(function* () {
    const value = new TextEncoder().encode(`${number}`)
    yield* log.append([{ topic: "input", key: "k", value, headers: { padding: "x".repeat(number % 3000) } }])
    yield* say(`${number++}`)
  })
  const consume = log.consume({
    group: "copy",
    topics: ["input"],
    maxBatch: 3,
    handle: ({ records }) => Effect.succeed(records.map(({ key, value }) => ({ topic: "output", key, value })))
  })
  return yield* Effect.all([Effect.forever(append), consume], { concurrency: "unbounded" })
})

const fill = Effect.gen(function* () {
  const log = yield* EventLog
  yield* log.createTopics([{ name: "input", partitions: 1 }])
  const append = log.append([{ topic: "input", key: "k", value: new Uint8Array(100_000) }])
  const failure = yield* Effect.flip(Effect.forever(append))
  const kept = yield* Stream.runCount(log.read("input", 0, 0))
  yield* say(JSON.stringify({ reason: failure.reason, message: failure.message, kept }))
})

const hold = Effect.andThen(say("open"), Effect.never)

const jobs: Readonly<Record<string, Effect.Effect<unknown, LogError, EventLog>>> = { copy, fill, hold }

// A pending effect does not keep Node alive by itself.
const alive = setInterval(() => undefined, 60_000)
await Effect.runPromise(
  Effect.provide(jobs[job], layerLmdb(folder)).pipe(
    Effect.catch((error) => say(error instanceof LogError ? `${error.reason}: ${error.message}` : String(error)))
  )
)
clearInterval(alive)

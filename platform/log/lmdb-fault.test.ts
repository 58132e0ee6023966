import { truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { readAll, textOf } from "./contract.fixture.ts"
import { EventLog } from "./event-log.ts"
import { change, child, failureOf, folderOf, kill, linesOf, start, valuesOf, withLog, written } from "./lmdb.fixture.ts"
import { dataFile } from "./lmdb-file.ts"
import { formatKey, u32s } from "./lmdb-keys.ts"
import { seal } from "./record-bytes.ts"

describe("a log that cannot be used", () => {
  it.live("given one flipped bit in a record, then reading it fails with its place, and the others can be read", () =>
    Effect.gen(function* () {
      const folder = yield* written
      assert.isAbove(change(folder, Buffer.from("second value"), Buffer.from("seconD value")), 0)
      const failure = yield* failureOf(folder, valuesOf("events"))
      assert.strictEqual(failure.reason, "corrupt")
      assert.include(failure.message, `${folder}, topic events, partition 0, offset 1`)
      const third = Effect.flatMap(EventLog, (log) => Stream.runCollect(log.read("events", 0, 2)))
      assert.deepEqual((yield* withLog(folder, third)).map(textOf), ["third value"])
    })
  )

  it.live("given a corrupt record, then a consumer and a tail fail at it as well", () =>
    Effect.gen(function* () {
      const folder = yield* written
      change(folder, Buffer.from("second value"), Buffer.from("seconD value"))
      const from = [{ topic: "events", partition: 0, offset: 0 }]
      const work = Effect.gen(function* () {
        const log = yield* EventLog
        const consumer = log.consume({ group: "new", topics: ["events"], handle: () => Effect.succeed([]) })
        const tail = Effect.scoped(Stream.runDrain(log.tail(["events"], from)))
        return [yield* Effect.flip(consumer), yield* Effect.flip(tail)]
      })
      assert.deepEqual(
        (yield* withLog(folder, work)).map((failure) => failure.reason),
        ["corrupt", "corrupt"]
      )
    })
  )

  it.live("given a flipped bit in an offset, then the log does not open", () =>
    Effect.gen(function* () {
      const folder = yield* written
      const end = Buffer.from("0000000000000003", "hex")
      assert.isAbove(change(folder, end, Buffer.from("0000000000000002", "hex")), 0)
      assert.strictEqual((yield* failureOf(folder)).reason, "corrupt")
    })
  )

  it.live("given a log of a newer version, then it says so and leaves it as it is", () =>
    Effect.gen(function* () {
      const folder = yield* written
      assert.isAbove(change(folder, seal(formatKey, u32s(1)), seal(formatKey, u32s(7))), 0)
      const failure = yield* failureOf(folder)
      assert.strictEqual(failure.reason, "newer-version")
      assert.include(failure.message, "format 7")
      change(folder, seal(formatKey, u32s(7)), seal(formatKey, u32s(1)))
      assert.lengthOf(yield* withLog(folder, valuesOf("events")), 3)
    })
  )

  it.live("given a data file cut short, overwritten or of something else, then it fails as corrupt", () =>
    Effect.gen(function* () {
      const cut = yield* written
      truncateSync(dataFile(cut), 3 * 4096)
      const short = yield* written
      truncateSync(dataFile(short), 100)
      const strange = yield* written
      writeFileSync(dataFile(strange), "this is no log\n".repeat(5000))
      const failures = yield* Effect.forEach([cut, short, strange], (folder) => failureOf(folder, valuesOf("events")))
      assert.deepEqual(
        failures.map((failure) => failure.reason),
        ["corrupt", "corrupt", "corrupt"]
      )
    })
  )

  it.live("given a folder that cannot be made, then it fails as not writable", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      writeFileSync(join(folder, "file"), "")
      const failure = yield* failureOf(join(folder, "file", "log"))
      assert.strictEqual(failure.reason, "not-writable")
      assert.include(failure.message, join(folder, "file"))
    })
  )

  it.live("given a data file that may not grow, then the append fails, and what was written before is whole", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const limited = yield* start("/bin/sh", [
        "-c",
        'ulimit -f 4000; exec "$@"',
        "sh",
        process.execPath,
        child,
        "fill",
        folder
      ])
      const said = JSON.parse((yield* linesOf(limited, 1))[0])
      yield* Effect.promise(() => kill(limited))
      assert.include(["full", "unavailable"], said.reason)
      assert.include(said.message, folder)
      const kept = yield* withLog(folder, readAll("input"))
      assert.lengthOf(kept.flat(), said.kept)
      assert.isAbove(said.kept, 5)
    })
  )
})

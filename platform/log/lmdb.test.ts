import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { draft, eventLogContract, readAll, textOf } from "./event-log.contract.ts"
import { EventLog, type LogError } from "./event-log.ts"
import { layerLmdb } from "./lmdb.ts"
import { dataFile } from "./lmdb-file.ts"
import { formatKey, u32s } from "./lmdb-keys.ts"
import { seal } from "./record-bytes.ts"

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-lmdb-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

eventLogContract("lmdb", Layer.unwrap(Effect.map(folderOf, layerLmdb)), 60)

const child = join(import.meta.dirname, "lmdb.child.ts")

/** Opens the log of a folder, does something and closes it again. */
const withLog = <A, E>(folder: string, work: Effect.Effect<A, E, EventLog>): Effect.Effect<A, E | LogError> =>
  Effect.provide(work, layerLmdb(folder))

/** Why the log of a folder cannot be opened or used. */
const failureOf = (folder: string, work: Effect.Effect<unknown, LogError, EventLog> = Effect.void) =>
  Effect.flip(withLog(folder, work))

/** A process that ends with the test. */
const start = (command: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] })),
    (process) => Effect.promise(() => kill(process))
  )

const kill = async (process: ChildProcess): Promise<void> => {
  if (process.exitCode !== null || process.signalCode !== null) return
  process.kill("SIGKILL")
  await once(process, "exit")
}

/** The first `count` lines a process writes, or fewer if it ends before. */
const linesOf = (process: ChildProcess, count: number): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const lines: Array<string> = []
    if (process.stdout === null) return lines
    for await (const line of createInterface({ input: process.stdout })) {
      if (lines.push(line) >= count) break
    }
    return lines
  })

/** Changes every place in the data file where these bytes stand; says how many. */
const change = (folder: string, from: Uint8Array, to: Uint8Array): number => {
  const bytes = readFileSync(dataFile(folder))
  let found = 0
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + from.length)) {
    bytes.set(to, at)
    found++
  }
  writeFileSync(dataFile(folder), bytes)
  return found
}

/** A log with one topic of one partition and three records. */
const written = Effect.gen(function* () {
  const folder = yield* folderOf
  const work = Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.createTopics([{ name: "events", partitions: 1 }])
    yield* log.append(["first value", "second value", "third value"].map((value) => draft("events", "k", value)))
    yield* log.commit("group", [{ topic: "events", partition: 0, offset: 2 }])
  })
  yield* withLog(folder, work)
  return folder
})

const valuesOf = (topic: string) => Effect.map(readAll(topic), (all) => all.flat().map(textOf))

describe("a log that is opened again", () => {
  it.live("given a log that was closed, then its records, topics and offsets are there, and it goes on", () =>
    Effect.gen(function* () {
      const folder = yield* written
      const work = Effect.gen(function* () {
        const log = yield* EventLog
        assert.deepEqual(yield* log.committed("group", "events"), [2])
        const [position] = yield* log.append([draft("events", "k", "fourth")])
        assert.strictEqual(position.offset, 3)
        assert.deepEqual(yield* valuesOf("events"), ["first value", "second value", "third value", "fourth"])
      })
      yield* withLog(folder, work)
    })
  )

  it.live(
    "given a process killed while it writes, then all it had acknowledged is there, and copies match offsets",
    () =>
      Effect.gen(function* () {
        const folder = yield* folderOf
        let acknowledged = 0
        for (const lines of [1, 40, 7, 150, 3]) {
          const writer = yield* start(process.execPath, [child, "copy", folder])
          acknowledged = Number((yield* linesOf(writer, lines)).at(-1)) + 1
          yield* Effect.promise(() => kill(writer))
          const check = Effect.gen(function* () {
            const log = yield* EventLog
            const [inputs, outputs] = [yield* valuesOf("input"), yield* valuesOf("output")]
            assert.isAtLeast(inputs.length, acknowledged)
            assert.deepEqual(
              inputs,
              inputs.map((_, number) => `${number}`)
            )
            assert.deepEqual(outputs, inputs.slice(0, outputs.length))
            assert.deepEqual(yield* log.committed("copy", "input"), [outputs.length === 0 ? null : outputs.length])
          })
          yield* withLog(folder, check)
        }
        assert.isAbove(acknowledged, 190)
      })
  )
})

describe("one process at a time", () => {
  it.live(
    "given a log that another process has open, then it is refused and named; once that is killed, it opens",
    () =>
      Effect.gen(function* () {
        const folder = yield* written
        const holder = yield* start(process.execPath, [child, "hold", folder])
        assert.deepEqual(yield* linesOf(holder, 1), ["open"])
        const failure = yield* failureOf(folder)
        assert.strictEqual(failure.reason, "locked")
        assert.include(failure.message, `process ${holder.pid}`)
        assert.include(failure.message, folder)
        yield* Effect.promise(() => kill(holder))
        assert.lengthOf(yield* withLog(folder, valuesOf("events")), 3)
      })
  )

  it.live("given a log that this process has open, then a second opening is refused until the first is closed", () =>
    Effect.gen(function* () {
      const folder = yield* written
      const failure = yield* withLog(folder, failureOf(folder))
      assert.strictEqual(failure.reason, "locked")
      assert.lengthOf(yield* withLog(folder, valuesOf("events")), 3)
    })
  )

  it.live("given an owner's number that belongs to another process by now, then the log opens", () =>
    Effect.gen(function* () {
      const folder = yield* written
      writeFileSync(join(folder, "owner.json"), JSON.stringify({ pid: process.pid, started: "before the last boot" }))
      assert.lengthOf(yield* withLog(folder, valuesOf("events")), 3)
    })
  )

  it.live("given a log taken over while its owner lives, then the old owner can write no more", () =>
    Effect.gen(function* () {
      const folder = yield* written
      const work = Effect.gen(function* () {
        const log = yield* EventLog
        rmSync(join(folder, "owner.json"))
        const thief = yield* start(process.execPath, [child, "hold", folder])
        yield* linesOf(thief, 1)
        const failure = yield* Effect.flip(log.append([draft("events", "k", "too late")]))
        assert.strictEqual(failure.reason, "locked")
        assert.include(failure.message, `process ${thief.pid}`)
        yield* Effect.promise(() => kill(thief))
      })
      yield* withLog(folder, Effect.scoped(work))
      assert.lengthOf(yield* withLog(folder, valuesOf("events")), 3)
    })
  )
})

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

describe("writes that wait together", () => {
  it.live("given many at once, then each gets its own positions, in the order asked", () =>
    Effect.gen(function* () {
      const folder = yield* written
      const work = Effect.gen(function* () {
        const log = yield* EventLog
        const numbers = Array.from({ length: 100 }, (_, index) => index)
        const fibers = yield* Effect.forEach(numbers, (n) =>
          Effect.forkChild(log.append([draft("events", "k", `${n}`)]))
        )
        return (yield* Fiber.joinAll(fibers)).flat().map((position) => position.offset)
      })
      assert.deepEqual(
        yield* withLog(folder, work),
        Array.from({ length: 100 }, (_, index) => index + 3)
      )
    })
  )
})

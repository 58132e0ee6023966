import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { draft } from "./contract.fixture.ts"
import { eventLogContract } from "./event-log.contract.ts"
import { EventLog } from "./event-log.ts"
import { child, failureOf, folderOf, kill, linesOf, spin, start, valuesOf, withLog, written } from "./lmdb.fixture.ts"
import { layerLmdb } from "./lmdb.ts"

eventLogContract("lmdb", Layer.unwrap(Effect.map(folderOf, layerLmdb)), 60)

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
        for (const [round, lines] of [1, 40, 7, 150, 3, 5, 2, 9].entries()) {
          const writer = yield* start(process.execPath, [child, "copy", folder])
          acknowledged = Number((yield* linesOf(writer, lines)).at(-1)) + 1
          spin(round * 300)
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

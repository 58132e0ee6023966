/** What the tests of the lmdb log share: folders that go with the test, processes of their own, damage on purpose. */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { Effect } from "effect"
import { draft, readAll, textOf } from "./contract.fixture.ts"
import { EventLog, type LogError } from "./event-log.ts"
import { layerLmdb } from "./lmdb.ts"
import { dataFile } from "./lmdb-file.ts"

export const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-lmdb-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

export const child = join(import.meta.dirname, "lmdb.child.ts")

/** Opens the log of a folder, does something and closes it again. */
export const withLog = <A, E>(folder: string, work: Effect.Effect<A, E, EventLog>): Effect.Effect<A, E | LogError> =>
  Effect.provide(work, layerLmdb(folder))

/** Why the log of a folder cannot be opened or used. */
export const failureOf = (folder: string, work: Effect.Effect<unknown, LogError, EventLog> = Effect.void) =>
  Effect.flip(withLog(folder, work))

/** A process that ends with the test. */
export const start = (command: string, args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] })),
    (process) => Effect.promise(() => kill(process))
  )

export const kill = async (process: ChildProcess): Promise<void> => {
  if (process.exitCode !== null || process.signalCode !== null) return
  process.kill("SIGKILL")
  await once(process, "exit")
}

/** Does nothing for so many microseconds, so that the kill does not always come at the same moment of the other's work. */
export const spin = (micros: number): void => {
  const end = performance.now() + micros / 1000
  while (performance.now() < end);
}

/** The first `count` lines a process writes, or fewer if it ends before. */
export const linesOf = (process: ChildProcess, count: number): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const lines: Array<string> = []
    if (process.stdout === null) return lines
    for await (const line of createInterface({ input: process.stdout })) {
      if (lines.push(line) >= count) break
    }
    return lines
  })

/** Changes every place in the data file where these bytes stand; says how many. */
export const change = (folder: string, from: Uint8Array, to: Uint8Array): number => {
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
export const written = Effect.gen(function* () {
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

export const valuesOf = (topic: string) => Effect.map(readAll(topic), (all) => all.flat().map(textOf))

/**
 * `onefold dead-letters` over a data folder, and over a real broker with a worker that sets records aside. The latter is
 * skipped, aloud, where there is no Java; with CI=true that is a failure.
 */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { encode } from "../../../platform/log/codec.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerLmdb } from "../../../platform/log/lmdb.ts"
import { makeMissing } from "../../../platform/log/missing-topics.ts"
import { deadLetterOf, draftOf } from "../../../platform/stream/deliver.ts"
import { generated, graded } from "../../../platform/stream/events.fixture.ts"
import { append } from "../../../platform/stream/log.fixture.ts"
import { topics } from "../../../schemas/catalogue.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunFailed } from "../../../schemas/run-failed.ts"
import { openDataFolder } from "../data-folder.ts"
import { isRefused, onefold, scratchFolder } from "../spawned.fixture.ts"
import { allRecords, ended, ready, spawnedCluster, withTopics } from "../worker/spawned-cluster.fixture.ts"
import { promptId, submittedRun } from "../worker/worker.fixture.ts"
import { retriedHeader } from "./letters.ts"

const scratch = scratchFolder()
const runId = RunId.make("one")

const parsed = (lines: ReadonlyArray<string>) =>
  lines.map((line): Record<string, unknown> => {
    const value: unknown = JSON.parse(line)
    return typeof value === "object" && value !== null ? { ...value } : {}
  })

const hello = new TextEncoder().encode("hello, world")

/** A run that waits, one letter of an event, twice, and one of a record that is none. */
const twoLetters = Effect.gen(function* () {
  yield* makeMissing(topics)
  const { started } = yield* submittedRun(runId)
  const failed = new RunFailed({ ...goldenEvents.RunFailed, runId, session: 1 })
  yield* append([started, failed])
  const log = yield* EventLog
  const event = graded({ runId, promptId, sampleIndex: 3 })
  const records = [
    { ...draftOf(event), headers: { took: "3" } },
    { topic: "rollouts.graded", key: "somebody", value: hello }
  ]
  const places = yield* log.append(records)
  const letters = places.map((place, i) =>
    deadLetterOf({ ...place, ...records[i], headers: {}, timestamp: 0 }, i === 0 ? runId : null, {
      _tag: i === 0 ? "ImpossibleCoordinates" : "EventUnreadable",
      message: i === 0 ? "sample 3 is out of range" : "cannot read a record (not-an-event)"
    })
  )
  yield* append([...letters, letters[0]])
  return places.map(({ offset, partition, topic }) => `${topic}/${partition}/${offset}`)
})

describe("onefold dead-letters over a data folder", () => {
  const dataDir = join(scratch, "folder")
  const letters = (...args: ReadonlyArray<string>) => onefold(["dead-letters", ...args, "--data-dir", dataDir])
  const onFolder = <A, E>(work: Effect.Effect<A, E, EventLog>) =>
    openDataFolder(dataDir).pipe(
      Effect.flatMap(({ log }) => Effect.provide(work, layerLmdb(log))),
      Effect.runPromise
    )
  let [ofEvent, ofNone] = ["", ""]
  beforeAll(async () => {
    const [first, second] = await onFolder(twoLetters)
    ofEvent = first
    ofNone = second
  })

  it("given letters, then each is listed once, and filters leave out what is not asked for", async () => {
    const all = await letters("list", "--json")
    assert.strictEqual(all.code, 0, all.stderr)
    const rows = parsed(all.lines)
    assert.deepStrictEqual(
      rows.map(({ id, reason, retried, run }) => [id, run, reason, retried]),
      [
        [`dead-letter/${ofEvent}`, "one", "ImpossibleCoordinates", []],
        [`dead-letter/${ofNone}`, "unknown", "EventUnreadable", []]
      ]
    )
    assert.lengthOf((await letters("list", "--json", "--run", "one")).lines, 1)
    assert.lengthOf((await letters("list", "--json", "--run", "one", "--reason", "EventUnreadable")).lines, 0)
    const [head, ...table] = (await letters("list")).lines.map((line) => line.trim().split(/ {2,}/))
    assert.deepStrictEqual(head.slice(0, 3), ["record", "run", "reason"])
    assert.deepStrictEqual(
      table.map(([place]) => place),
      [ofEvent, ofNone]
    )
  })

  it("given one, then show tells its place, its bytes and its event", async () => {
    const [shown] = parsed((await letters("show", ofEvent, "--json")).lines)
    assert.deepInclude(shown, { run: "one", topic: "rollouts.graded", detail: "sample 3 is out of range" })
    assert.deepInclude(shown.event, { _tag: "RolloutGraded", sampleIndex: 3 })
    const plain = await letters("show", `dead-letter/${ofNone}`)
    assert.include(plain.stdout, "68 65 6c 6c 6f 2c 20 77 6f 72 6c 64")
    assert.include(plain.stdout, "hello, world")
  })

  it("given what nobody wrote, or nothing, then it is refused with what to do", async () => {
    isRefused(await letters("show", "rollouts.graded/0/77"), 2, "there is no dead letter rollouts.graded/0/77")
    isRefused(await letters("retry"), 2, "name letters by their ids or records")
    isRefused(await letters("retry", "--all", ofNone), 2, "either letters are named or all are meant")
    isRefused(await letters("list", "--brokers", "127.0.0.1:1"), 2, "Name a data folder or brokers, not both")
  })

  it("given a retry, then the record lies there again, whole, under its key, and the run's next step is told", async () => {
    const { code, lines, stderr } = await letters("retry", "--all", "--run", "one", "--json")
    assert.strictEqual(code, 0, stderr)
    const [driven, result] = parsed(lines)
    assert.deepInclude(driven, { type: "retried", record: ofEvent })
    assert.deepStrictEqual(result, { type: "result", retried: 1, next: ["onefold resume one"] })
    const records = await onFolder(allRecords)
    const again = records.find(({ headers }) => retriedHeader in headers)
    assert.deepInclude(again, { key: "one", headers: { took: "3", [retriedHeader]: ofEvent } })
    assert.deepStrictEqual(again?.value, encode(graded({ runId, promptId, sampleIndex: 3 })))

    assert.deepStrictEqual(parsed((await letters("list", "--json", "--run", "one")).lines)[0].retried, [driven.to])
    assert.include((await letters("retry", "--all", "--run", "one")).stdout, "there is nothing to drive again")
    assert.include((await letters("retry", ofEvent)).stdout, "the run waits; next: onefold resume one")
  })
})

const overKafka = (kafka: LocalKafka): void => {
  it("given records that cannot be, then a worker sets them aside and goes on, and they can be driven again", async () => {
    const cluster = spawnedCluster(kafka, scratch)
    await withTopics(cluster)
    const worker = cluster.worker("verify", "verify")
    await ready(worker)
    const rollout = (sampleIndex: number) => generated({ runId, step: 0, cohort: 0, promptId, sampleIndex })
    const written = await cluster.onLog(
      Effect.gen(function* () {
        const { started } = yield* submittedRun(runId)
        const log = yield* EventLog
        const { key, topic } = draftOf(rollout(0))
        return yield* log.append([
          draftOf(started),
          draftOf(rollout(0)),
          { topic, key, value: hello },
          draftOf(rollout(100_000)),
          draftOf(rollout(1))
        ])
      })
    )
    const [ofNone, stray] = written.slice(2, 4).map(({ offset, partition, topic }) => `${topic}/${partition}/${offset}`)
    const gradedIs = async (count: number) => {
      for (;;) {
        const records = await cluster.onLog(allRecords)
        if (records.filter(({ topic }) => topic === "rollouts.graded").length >= count) return
      }
    }
    await gradedIs(2)
    const rowsOf = async (...args: ReadonlyArray<string>) => {
      const { code, lines, stderr } = await cluster.onefold("dead-letters", "list", "--json", ...args)
      assert.strictEqual(code, 0, stderr)
      return parsed(lines)
    }
    assert.sameDeepMembers(
      (await rowsOf()).map(({ id, reason }) => [id, reason]),
      [
        [`dead-letter/${ofNone}`, "EventUnreadable"],
        [`dead-letter/${stray}`, "ImpossibleCoordinates"]
      ]
    )
    const retried = await cluster.onefold("dead-letters", "retry", ofNone, "--json")
    assert.strictEqual(retried.code, 0, retried.stderr)
    const [{ to }] = parsed(retried.lines)
    await cluster.onLog(append([rollout(2)]))
    await gradedIs(3)
    const rows = await rowsOf("--reason", "EventUnreadable")
    assert.sameDeepMembers(
      rows.map(({ id, retried }) => [id, retried]),
      [
        [`dead-letter/${ofNone}`, [to]],
        [`dead-letter/${String(to)}`, []]
      ]
    )
    const [{ code, stderr }] = await ended([worker])
    assert.strictEqual(code, 0, stderr)
  }, 120_000)
}

await describeOver("onefold dead-letters over a cluster", startKafka(), overKafka)

/** What a run has no place for is set aside by the process that conducts it, over its own log, and the run goes on. */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { EventLog, type Position } from "../../platform/log/event-log.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { draftOf } from "../../platform/stream/deliver.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { openDataFolder } from "./data-folder.ts"
import { type Ended, onefold, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"
import { altering, firstOf, isOf, recorded, type Written, writtenIn } from "./verification/recorded-run.fixture.ts"

const scratch = scratchFolder()
const [undisturbed, disturbed] = [join(scratch, "undisturbed"), join(scratch, "disturbed")]
const steps = ["--steps", "4"] as const

const Letter = Schema.fromJsonString(Schema.Struct({ id: Schema.String, reason: Schema.String, run: Schema.String }))

const policiesOf = (written: ReadonlyArray<Written>) =>
  written.flatMap(({ event }) => (isOf("PolicyUpdated", event) ? [[event.step, event.policyHash]] : []))

/** Events like those of the run, with coordinates that it has not. */
const straysOf = (written: ReadonlyArray<Written>): ReadonlyArray<OnefoldEvent> => {
  const like = (tag: OnefoldEvent["_tag"], fields: Readonly<Record<string, unknown>>) =>
    altering(firstOf(written, tag), fields)
  return [
    like("RolloutRequested", { cohort: 77 }),
    like("RolloutGenerated", { promptId: "chain:39" }),
    like("RolloutGenerated", { sampleIndex: 100_000 }),
    like("RolloutGraded", { sampleIndex: 100_000 }),
    like("RolloutGraded", { step: 99 }),
    like("GradientRequested", { step: 99 }),
    like("GradientComputed", { shard: 77 }),
    like("GradientComputed", { step: 99, rolloutStep: 99 }),
    like("EvaluationRequested", { protocol: "no-such-test" }),
    like("EvaluationSampled", { problemId: "no-such-problem" })
  ]
}

const placeOf = ({ offset, partition, topic }: Position): string => `dead-letter/${topic}/${partition}/${offset}`

/** Lets a run begin and pause, writes the strays behind what it has, and lets it go on. */
const goingOnAmid = async (strays: ReadonlyArray<OnefoldEvent>) => {
  const run = spawned(smoke(disturbed, ...steps))
  await run.until('"step":1,')
  run.child.kill("SIGINT")
  const paused = await run.ended
  assert.strictEqual(paused.code, 0, paused.stderr)
  const writing = Effect.flatMap(EventLog, (log) => log.append(strays.map(draftOf)))
  const places = await openDataFolder(disturbed).pipe(
    Effect.flatMap(({ log }) => Effect.provide(writing, layerLmdb(log))),
    Effect.runPromise
  )
  return { places, resumed: await onefold(["resume", "last", "--data-dir", disturbed, "--json"]) }
}

describe("a run in one process whose log holds events that cannot be", () => {
  let alone: ReadonlyArray<Written> = []
  let strays: ReadonlyArray<OnefoldEvent> = []
  let places: ReadonlyArray<Position> = []
  let resumed: Ended
  beforeAll(async () => {
    alone = await recorded(undisturbed, ...steps)
    strays = straysOf(alone)
    const gone = await goingOnAmid(strays)
    places = gone.places
    resumed = gone.resumed
  })

  it("goes on, and learns what it learns without them", async () => {
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.deepStrictEqual(policiesOf(await writtenIn(disturbed)), policiesOf(alone))
  })

  it("has each among its dead letters, as one that it has no place for", async () => {
    const { code, lines, stderr } = await onefold(["dead-letters", "list", "--data-dir", disturbed, "--json"])
    assert.strictEqual(code, 0, stderr)
    const letters = lines.map((line) => Schema.decodeUnknownSync(Letter)(line))
    assert.sameMembers(
      letters.map(({ id }) => id),
      places.map(placeOf)
    )
    for (const { reason } of letters) assert.strictEqual(reason, "ImpossibleCoordinates")
  })

  it("has a history that a rebuilt one equals", async () => {
    const { code, lines, stderr } = await onefold(["history", "check", "--data-dir", disturbed, "--json"])
    assert.strictEqual(code, 0, stderr)
    assert.isNotEmpty(lines)
  })

  it("comes again in a rerun, which waits for none of them", async () => {
    const { code, lines, stderr } = await onefold(["rerun", "last", "--data-dir", disturbed, "--json"])
    assert.strictEqual(code, 0, stderr)
    assert.include(lines.at(-1), '"firstDifferent":null')
  })
})

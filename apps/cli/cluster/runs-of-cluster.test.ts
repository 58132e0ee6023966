/** Runs of a cluster as their owner has them: side by side, paused, let go on, cancelled, swept. */
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { schedule } from "../../../pipelines/update/schedule.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { largestInline, layerLargeValues } from "../../../platform/log/large-values.ts"
import { groupOf } from "../../../platform/stream/serve.ts"
import type { EventTag } from "../../../schemas/catalogue.ts"
import { RunId } from "../../../schemas/ids.ts"
import { publish } from "../conduct.ts"
import { eventOf } from "../record.ts"
import { findRun, type RecordedRun, recordedRuns } from "../recorded.ts"
import { altered } from "../replay/recorded.fixture.ts"
import { type Ended, isRefused, onefold, scratchFolder } from "../spawned.fixture.ts"
import { createTopics, type Place, placeFlags, startWorkers, stopWorkers } from "../worker/workers.fixture.ts"

const scratch = scratchFolder()
const run = ["--preset", "smoke", "--validation", "none", "--json", "--data-dir", join(scratch, "own")]

const Line = Schema.fromJsonString(
  Schema.Struct({
    type: Schema.String,
    run: Schema.optionalKey(Schema.String),
    step: Schema.optionalKey(Schema.Int),
    policy: Schema.optionalKey(Schema.String),
    status: Schema.optionalKey(Schema.String)
  })
)
const linesOf = ({ code, lines, stderr }: Ended) => {
  assert.strictEqual(code, 0, stderr)
  return lines.map((line) => Schema.decodeUnknownSync(Line)(line))
}

/** Policies by step, as a run of one process tells them. */
const policiesHere = async (steps: number): Promise<ReadonlyArray<string>> => {
  const told = linesOf(await onefold(["run", ...run, "--steps", String(steps)]))
  return told.flatMap(({ policy, type }) => (type === "step" && policy !== undefined ? [policy] : []))
}

class Asked {
  readonly place: Place
  readonly #log: ReturnType<typeof layerKafka>

  constructor(place: Place) {
    this.place = place
    this.#log = layerKafka({ brokers: [place.brokers], clientId: "onefold-test" })
  }

  async submit(seed: number, steps: number): Promise<RunId> {
    const flags = ["--seed", String(seed), "--steps", String(steps)]
    const [line] = linesOf(await onefold(["submit", ...run, ...placeFlags(this.place), ...flags]))
    assert.strictEqual(line.type, "submitted")
    return RunId.make(line.run ?? "")
  }

  command(...args: ReadonlyArray<string>): Promise<Ended> {
    return onefold([...args, "--brokers", this.place.brokers])
  }

  told<A, E>(effect: Effect.Effect<A, E, EventLog>): Promise<A> {
    return Effect.runPromise(effect.pipe(Effect.provide(this.#log)))
  }

  /** The run, once it stands so. */
  until(runId: RunId, stands: (recorded: RecordedRun) => boolean): Promise<RecordedRun> {
    const look = Effect.gen(function* () {
      while (true) {
        const recorded = yield* findRun(runId)
        if (stands(recorded)) return recorded
        yield* Effect.sleep("300 millis")
      }
    })
    return this.told(look)
  }

  /** How far the run's schedule has read. */
  reached(runId: RunId): Promise<ReadonlyArray<number | null>> {
    return this.told(
      Effect.flatMap(EventLog, (log) => log.committed(groupOf(schedule.name, { runId, from: [] }), "runs"))
    )
  }

  /** When a run first told of such an event. */
  firstOf(runId: RunId, tag: EventTag): Promise<number> {
    const read = Effect.gen(function* () {
      const log = yield* EventLog
      const found: Array<number> = []
      for (const partition of (yield* log.endOffsets("runs")).keys())
        yield* Stream.runForEach(log.read("runs", partition, 0), (record) =>
          Effect.map(eventOf(record), (event) => {
            if (event.runId === runId && event._tag === tag) found.push(record.timestamp)
          })
        )
      return Math.min(...found)
    })
    return this.told(read)
  }
}

const isFinished = ({ finished }: RecordedRun): boolean => finished

const refusals = (asked: Asked, finished: RunId): void => {
  it("given a run that is over, or none of that name, then word to it is refused", { timeout: 300_000 }, async () => {
    for (const word of ["pause", "resume", "cancel"])
      isRefused(await asked.command(word, finished), 2, `run ${finished} is finished: it cannot be `)
    isRefused(await asked.command("pause", `${finished}x`), 2, `did you mean ${finished}?`)
    isRefused(await asked.command("resume", finished, "--allow-drift"), 2, "--allow-drift does not go with")
    isRefused(await onefold(["cancel", finished], { env: { ONEFOLD_BROKERS: "" } }), 2, "no broker is named")
  })
}

const sweeps = (asked: Asked): void => {
  const sweep = ["sweep", "--preset", "smoke", "--steps", "2", "--examples", "two:1,chain:0", "--json"]
  const tableOf = ({ code, lines, stderr }: Ended): ReadonlyArray<unknown> => {
    assert.strictEqual(code, 0, stderr)
    return lines.map((line) => ({ ...JSON.parse(line), seconds: null }))
  }
  it("given a sweep, then its table is that of one machine; given again, then nothing is done twice", {
    timeout: 600_000
  }, async () => {
    const here = tableOf(await onefold([...sweep, "--data-dir", join(scratch, "sweep-here")]))
    assert.lengthOf(here, 2)
    const afar = [...sweep, ...placeFlags(asked.place), "--data-dir", join(scratch, "sweep-afar")]
    assert.deepStrictEqual(tableOf(await onefold(afar)), here)
    const ends = await asked.told(Effect.flatMap(EventLog, (log) => log.endOffsets("runs")))
    assert.deepStrictEqual(tableOf(await onefold(afar)), here)
    assert.deepStrictEqual(await asked.told(Effect.flatMap(EventLog, (log) => log.endOffsets("runs"))), ends)
  })
}

/** Nothing else is asked after it: whoever reads the runs needs the artifacts from here on. */
const largeRun = (asked: Asked, like: RunId): void => {
  const [runId, blobs] = [RunId.make("large"), join(asked.place.folder, "blobs")]
  it("given a run whose start is too large for a broker, then words to it need the place of artifacts, and say so", {
    timeout: 300_000
  }, async () => {
    const { started } = await asked.told(findRun(like))
    const config = started.config.replace(/"steps":\d+/, '"steps":200') + " ".repeat(largestInline)
    await asked.told(
      publish(altered(started, { runId, config })).pipe(
        Effect.provide(layerLargeValues().pipe(Layer.provide(layerLocal(blobs))))
      )
    )
    for (const words of [["runs"], ["pause", runId], ["resume", runId], ["cancel", runId]])
      isRefused(await asked.command(...words), 5, "name their place with --blobs, or in ONEFOLD_BLOBS")
    for (const [word, done] of [
      ["pause", "paused"],
      ["resume", "resumed"],
      ["cancel", "cancelled"]
    ])
      assert.deepInclude(linesOf(await asked.command(word, runId, "--blobs", blobs, "--json"))[0], {
        type: done,
        run: runId
      })
    const env = { ONEFOLD_BROKERS: asked.place.brokers, ONEFOLD_BLOBS: blobs }
    const listed = linesOf(await onefold(["runs", "--cluster", "--json"], { env }))
    assert.deepInclude(listed.at(-1), { run: runId, status: "cancelled" })
  })
}

/** Everything with one set of workers: they take long to start. */
const ofCluster = async ({ brokers }: LocalKafka): Promise<void> => {
  const asked = new Asked({ brokers, folder: join(scratch, "cluster") })
  await createTopics(asked.place)
  const held = await asked.submit(0, 3)
  // Before any worker is there, so both begin at once, and the pause comes within the first step.
  const [one, other] = [await asked.submit(1, 3), await asked.submit(2, 3)]
  linesOf(await asked.command("pause", held, "--json"))
  const workers = await startWorkers(asked.place)
  afterAll(() => stopWorkers(workers), 60_000)

  it("given two runs at once, then both learn before either ends", { timeout: 600_000 }, async () => {
    await Promise.all([one, other].map((runId) => asked.until(runId, isFinished)))
    const learned = await Promise.all([one, other].map((runId) => asked.firstOf(runId, "PolicyUpdated")))
    const ended = await Promise.all([one, other].map((runId) => asked.firstOf(runId, "RunFinished")))
    assert.isBelow(Math.max(...learned), Math.min(...ended))
  })

  it("given a pause, then the step in hand is finished, and nobody serves the run's deciders", {
    timeout: 600_000
  }, async () => {
    await asked.until(held, ({ policies }) => policies.length === 1)
    const before = await asked.reached(held)
    assert.isTrue(before.some((offset) => offset !== null && offset > 0))
    const meanwhile = await asked.submit(3, 1)
    await asked.until(meanwhile, isFinished)
    assert.deepStrictEqual(await asked.reached(held), before)
    assert.lengthOf((await asked.until(held, () => true)).policies, 1)
    const listed = linesOf(await asked.command("runs", "--json"))
    assert.deepInclude(
      listed.map(({ run, status }) => ({ run, status })),
      { run: held, status: "paused" }
    )
  })

  it("given a cancellation, then the run ends where it stands", { timeout: 600_000 }, async () => {
    const gone = await asked.submit(4, 200)
    await asked.until(gone, ({ policies }) => policies.length >= 1)
    linesOf(await asked.command("cancel", gone, "--json"))
    const { policies } = await asked.until(gone, ({ cancelled }) => cancelled)
    const meanwhile = await asked.submit(5, 2)
    await asked.until(meanwhile, isFinished)
    const later = await asked.until(gone, () => true)
    assert.isAtMost(later.policies.length, policies.length + 1)
    assert.isFalse(later.finished)
    isRefused(await asked.command("resume", gone), 2, `run ${gone} is cancelled: it cannot be resumed`)
  })

  it("given a resume, then the paused run ends with the weights of one that nobody disturbed", {
    timeout: 600_000
  }, async () => {
    const expected = await policiesHere(3)
    linesOf(await asked.command("resume", held, "--json"))
    const { policies } = await asked.until(held, isFinished)
    assert.deepStrictEqual(
      policies.map(({ policyHash }) => String(policyHash)),
      expected
    )
  })

  refusals(asked, one)
  sweeps(asked)

  it("lists every run it has", { timeout: 300_000 }, async () => {
    const runs = await asked.told(recordedRuns())
    const listed = linesOf(await onefold(["runs", "--cluster", "--json"], { env: { ONEFOLD_BROKERS: brokers } }))
    assert.deepStrictEqual(
      listed.map((line) => line.run),
      runs.map(({ started }) => started.runId)
    )
  })

  largeRun(asked, one)
}

await describeOver("runs of a cluster", startKafka(), ofCluster)

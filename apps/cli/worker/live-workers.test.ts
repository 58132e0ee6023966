/**
 * Workers as processes over a real broker: they wait, drain and take over, and a run comes out as it does at home.
 * Skipped, aloud, where there is no Java.
 */
import { cpSync, renameSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { freePorts } from "../../../deploy/local/free-ports.ts"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { eventsIn } from "../../../platform/stream/log.fixture.ts"
import { eventsOf, records } from "../../bench/killed-run.ts"
import { miniatureBase } from "../base.ts"
import { isRefused, onefold, policiesOf, type Spawned, scratchFolder, smoke, spawned } from "../spawned.fixture.ts"

const scratch = scratchFolder()
const ready = '"type":"ready"'

/** A model that only this machine's folder has. */
const model = join(scratch, "model")
cpSync(miniatureBase, model, { recursive: true })
const job = ["--preset", "smoke", "--steps", "2", "--validation", "none", "--model", model]

/** Asks again until it holds; the test's own limit ends it. */
const until = <E, R>(holds: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    while (!(yield* holds)) yield* Effect.sleep("200 millis")
  })

const live = ({ brokers }: LocalKafka): void => {
  const cluster = ["--brokers", brokers, "--blobs", join(scratch, "blobs"), "--json"]
  const log = layerKafka({ brokers: [brokers], clientId: "onefold-test" })
  let workers = 0
  const start = (kind: string, ...more: ReadonlyArray<string>): Spawned =>
    spawned(["worker", kind, ...cluster, "--threads", "1", "--data-dir", join(scratch, `worker-${workers++}`), ...more])
  const saying = (worker: Spawned, text: string) => Effect.promise(() => worker.until(text))
  const generated = Effect.map(eventsIn("rollouts.generated"), (events) =>
    events.filter(({ _tag }) => _tag === "RolloutGenerated")
  )
  /** How many answers were asked for so far. */
  const asked = Effect.map(eventsIn("rollouts.requested"), (events) =>
    events
      .flatMap((event) => (event._tag === "RolloutRequested" ? event.prompts : []))
      .reduce((sum, { samples }) => sum + samples, 0)
  )
  const has = (topic: string, tag: string) =>
    Effect.map(eventsIn(topic), (events) => events.some(({ _tag }) => _tag === tag))
  const stopped = (worker: Spawned) =>
    Effect.promise(() => {
      worker.child.kill("SIGTERM")
      return worker.ended
    })

  it.live(
    "given workers that come, drain and go in the midst of a run, then it is the run that one process makes, each event once",
    () =>
      Effect.gen(function* () {
        const home = yield* Effect.promise(() => onefold([...smoke(join(scratch, "home")), ...job.slice(2)]))
        assert.strictEqual(home.code, 0, home.stderr)
        const early = yield* Effect.promise(() => start("verify").ended)
        isRefused(early, 4, "will not do")

        yield* Effect.promise(() => onefold(["topics", "create", "--brokers", brokers]))
        const submit = ["submit", ...job, ...cluster, "--data-dir", join(scratch, "submitter"), "--follow"]
        const following = spawned(submit)
        yield* saying(following, '"type":"submitted"')
        renameSync(model, `${model}-away`)
        const failed = Effect.flatMap(
          Effect.promise(() => following.ended),
          ({ stderr, stdout }) => Effect.die(`the run ended early: ${stdout}${stderr}`)
        )
        const untilGoingOn = <E, R>(holds: Effect.Effect<boolean, E, R>) => Effect.raceFirst(until(holds), failed)

        // Nobody judges: what is asked for is answered, and no more.
        const [[port], first, hasty] = [
          yield* Effect.promise(() => freePorts([0])),
          start("update"),
          start("generate", "--drain-seconds", "0")
        ]
        yield* saying(first, ready)
        yield* untilGoingOn(has("rollouts.requested", "RolloutRequested"))
        yield* saying(hasty, ready)
        const leaver = yield* stopped(hasty)
        assert.strictEqual(leaver.code, 0, leaver.stderr)
        assert.match(leaver.stdout, /"type":"(un)?drained"/)
        const generate = start("generate", "--http", String(port))
        yield* saying(generate, ready)
        const ask = (path: string) =>
          Effect.promise(() => fetch(`http://127.0.0.1:${port}${path}`).then((answer) => answer.text()))
        assert.strictEqual(yield* ask("/ready"), "ready")
        yield* untilGoingOn(Effect.map(Effect.all([asked, generated]), ([wanted, { length }]) => length >= wanted))
        yield* Effect.sleep("2 seconds")
        assert.strictEqual((yield* generated).length, yield* asked)
        for (const event of yield* generated) assert.deepInclude(event, { step: 0 })
        assert.include(yield* ask("/metrics"), "onefold_")

        const verify = start("verify")
        yield* untilGoingOn(has("gradients.requested", "GradientRequested"))
        const drained = yield* stopped(first)
        assert.strictEqual(drained.code, 0, drained.stderr)
        assert.include(drained.stdout, '"type":"drained"')
        const [second, evaluate] = [start("update"), start("evaluate")]
        const done = yield* Effect.promise(() => following.ended)
        assert.strictEqual(done.code, 0, done.stderr)
        assert.deepStrictEqual(policiesOf(done), policiesOf(home))
        assert.strictEqual(policiesOf(home).length, 2)
        const kept = yield* records
        assert.strictEqual(eventsOf(kept).size, kept.length, "each event once")
        for (const worker of [generate, verify, second, evaluate]) assert.strictEqual((yield* stopped(worker)).code, 0)
      }).pipe(Effect.provide(log)),
    360_000
  )

  it.live(
    "given a batch that takes longer than a member may be silent, then it is handled once and nobody takes it over",
    () =>
      Effect.gen(function* () {
        const topic = { name: "slow-work", partitions: 1 }
        const events = yield* EventLog
        yield* events.createTopics([topic])
        yield* events.append([{ topic: topic.name, key: "a", value: new Uint8Array([1]) }])
        let [handled, dealt] = [0, 0]
        const member = events.consume({
          group: "slow",
          topics: [topic.name],
          finishing: true,
          dealt: () => Effect.sync(() => void dealt++),
          handle: () =>
            Effect.andThen(
              Effect.sync(() => void handled++),
              Effect.as(Effect.sleep("15 seconds"), [])
            )
        })
        const committed = Effect.map(events.committed("slow", topic.name), ([offset]) => (offset ?? 0) > 0)
        yield* Effect.raceAllFirst([member, until(committed)])
        assert.deepStrictEqual([handled, dealt], [1, 1])
      }).pipe(Effect.provide(log)),
    120_000
  )
}

await describeOver("workers over a broker", startKafka(), live)

/**
 * One run, its shards computed by one, two and four workers: as long as all of them take part, the bits are the same.
 * Skipped, aloud, where there is no Java; with CI=true that is a failure.
 */
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { freePorts } from "../../../deploy/local/free-ports.ts"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { recordedPolicies } from "../../bench/recorded-policies.ts"
import { onefold, type Spawned, scratchFolder, spawned } from "../spawned.fixture.ts"

const steps = 3
const shards = 4
const scratch = scratchFolder()

const Submitted = Schema.fromJsonString(Schema.Struct({ type: Schema.Literal("submitted"), run: Schema.String }))
const runOf = Schema.decodeUnknownSync(Submitted)

interface GradientWorker extends Spawned {
  readonly port: number
}

/** How many shards each has computed since it was started, by what it tells over HTTP. */
const shardsOf = (workers: ReadonlyArray<GradientWorker>): Promise<ReadonlyArray<number>> =>
  Promise.all(
    workers.map(async ({ port }) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
      const series = text.split("\n").find((line) => /^onefold_stage_events_total\{.*stage="gradient"/.test(line))
      assert.isDefined(series, text)
      return Number(series.split(" ").at(-1))
    })
  )

const gradientWorkers = ({ brokers }: LocalKafka): void => {
  const cluster = ["--brokers", brokers, "--blobs", join(scratch, "blobs"), "--json"]
  const started: Array<Spawned> = []
  const work = (name: string, ...more: ReadonlyArray<string>): Spawned => {
    const dir = join(scratch, `${name}-${started.length}`)
    const worker = spawned(["worker", ...more, ...cluster, "--threads", "1", "--data-dir", dir])
    started.push(worker)
    return worker
  }
  afterAll(async () => {
    for (const { child } of started) child.kill("SIGTERM")
    await Promise.all(started.map(({ ended }) => ended))
  })

  /** Gradient workers until there are so many, each with its share of the partitions. */
  const gradients: Array<GradientWorker> = []
  const grow = async (count: number): Promise<void> => {
    const ports = await freePorts(Array.from({ length: count - gradients.length }, () => 0))
    const young = ports.map((port) => {
      const worker = work("gradient", "update", "--role", "gradient", "--http", String(port))
      return { ...worker, port }
    })
    await Promise.all(young.map(({ until }) => until(`"type":"ready"`)))
    gradients.push(...young)
  }

  /** Trains, and says which policies came of it. */
  const train = async (count: number): Promise<ReadonlyArray<string>> => {
    const how = ["--preset", "smoke", "--steps", String(steps), "--shards", String(shards), "--validation", "none"]
    const dir = join(scratch, `submit-${count}`)
    const { code, lines, stderr } = await onefold(["submit", ...how, ...cluster, "--data-dir", dir, "--follow"])
    assert.strictEqual(code, 0, stderr)
    const policies = recordedPolicies(runOf(lines.find((line) => line.includes(`"submitted"`))).run)
    const log = layerKafka({ brokers: [brokers], clientId: "onefold-test" })
    return (await Effect.runPromise(Effect.provide(policies, log))).map(({ hash }) => hash)
  }

  it("given one, two and four gradient workers, then each computes shards, and the policies are the same", async () => {
    const made = await onefold(["topics", "create", "--brokers", brokers, "--json"])
    assert.strictEqual(made.code, 0, made.stderr)
    const others = [
      ["generate"],
      ["verify"],
      ["evaluate"],
      ["update", "--role", "schedule"],
      ["update", "--role", "apply"]
    ]
    await Promise.all(others.map((words) => work(words.join(""), ...words).until(`"type":"ready"`)))
    const found: Array<ReadonlyArray<string>> = []
    for (const count of [1, 2, 4]) {
      await grow(count)
      const before = await shardsOf(gradients)
      found.push(await train(count))
      const computed = (await shardsOf(gradients)).map((after, i) => after - before[i])
      assert.lengthOf(computed, count)
      for (const one of computed) assert.isAbove(one, 0, `shards of ${count} workers: ${computed}`)
      // A shard whose commit was lost is computed, and counted, again.
      assert.isAtLeast(
        computed.reduce((sum, one) => sum + one, 0),
        steps * shards
      )
    }
    assert.lengthOf(found[0], steps)
    for (const policies of found) assert.deepStrictEqual(policies, found[0])
  }, 480_000)
}

await describeOver("gradient workers", startKafka(), gradientWorkers)

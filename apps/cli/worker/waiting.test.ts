/**
 * What a cluster needs goes away for a while and comes back: its workers say so, wait, and the run goes on to its end.
 * Skipped, aloud, where there is no Java; with CI=true that is a failure.
 */
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { afterEach, assert, describe, it } from "@effect/vitest"
import { freePorts } from "../../../deploy/local/free-ports.ts"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { startRegistry } from "../../../deploy/local/registry.ts"
import { startS3Mock } from "../../../deploy/local/s3mock.ts"
import { isSkipped, type Outcome, running, type Server } from "../../../deploy/local/servers.fixture.ts"
import { onefold, type Spawned, scratchFolder, spawned } from "../spawned.fixture.ts"

const scratch = scratchFolder()
const kinds = ["generate", "verify", "update", "evaluate"] as const

/** What a test has started, ended after it, the last first. */
const started: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const end of started.splice(0).reverse()) await end()
}, 60_000)

type Env = Readonly<Record<string, string>>

/** A server that is there, or the test is skipped. */
const there = <S extends Outcome>(outcome: S, skip: () => never): Extract<S, Server> => {
  if (isSkipped("workers that wait", outcome)) return skip()
  const server = running(outcome)
  started.push(() => server.stop())
  return server
}

/** One worker of each kind. */
const workersAt = (name: string, flags: ReadonlyArray<string>, env: Env = {}): ReadonlyArray<Spawned> => {
  const workers = kinds.map((kind) => {
    const own = ["--data-dir", join(scratch, name, kind), "--threads", "1", "--json"]
    return spawned(["worker", kind, ...flags, ...own], { env })
  })
  started.push(async () => {
    for (const { child } of workers) child.kill("SIGKILL")
    await Promise.all(workers.map(({ ended }) => ended))
  })
  return workers
}

/** A run of three steps, followed to its end by who submitted it. */
const submittedAt = (name: string, flags: ReadonlyArray<string>, env: Env = {}): Spawned => {
  const run = ["--preset", "smoke", "--steps", "3", "--validation", "none", "--json", "--follow"]
  const follower = spawned(["submit", ...run, ...flags, "--data-dir", join(scratch, name, "asker")], { env })
  started.push(async () => follower.child.kill("SIGKILL"))
  return follower
}

const createTopics = async ({ brokers }: LocalKafka): Promise<void> => {
  const { code, stderr } = await onefold(["topics", "create", "--brokers", brokers])
  assert.strictEqual(code, 0, stderr)
}

/** The run's end, and no worker's. */
const finishes = async (follower: Spawned, workers: ReadonlyArray<Spawned>): Promise<void> => {
  const { code, lines, stderr } = await follower.ended
  assert.strictEqual(code, 0, stderr)
  assert.include(lines.at(-1), '"type":"result"')
  for (const { child } of workers) assert.isNull(child.exitCode)
}

const folderAt = (name: string): string => {
  const folder = join(scratch, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

const minutes = 60_000

describe("what a cluster needs is away for a while", () => {
  it(
    "given a broker that is away for 20 s amid a run, then workers say so and the run goes on",
    async (context) => {
      const dir = join(folderAt("broker"), "kafka")
      const kafka = there(await startKafka({ dir }), () => context.skip())
      await createTopics(kafka)
      const flags = ["--brokers", kafka.brokers, "--blobs", folderAt("broker/blobs")]
      const workers = workersAt("broker", flags)
      const follower = submittedAt("broker", flags)
      await follower.until('"type":"step"')
      await kafka.stop()
      await pause(20_000)
      const again = there(await startKafka({ dir }), () => context.skip())
      assert.strictEqual(again.brokers, kafka.brokers)
      await finishes(follower, workers)
      for (const worker of workers) await worker.until("ECONNREFUSED")
    },
    10 * minutes
  )

  it(
    "given a registry that comes up after the workers, then they say so and wait for it",
    async (context) => {
      const kafka = there(await startKafka(), () => context.skip())
      await createTopics(kafka)
      const [port] = await freePorts([0])
      const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
      const flags = ["--brokers", kafka.brokers, "--registry", url, "--blobs", folderAt("registry/blobs")]
      const workers = workersAt("registry", flags)
      for (const worker of workers) await worker.until("waiting")
      await pause(10_000)
      const registry = there(await startRegistry({ port }), () => context.skip())
      assert.strictEqual(registry.url, url)
      for (const worker of workers) await worker.until('"type":"ready"')
      await finishes(submittedAt("registry", flags), workers)
    },
    10 * minutes
  )

  it(
    "given an S3 that stops for some seconds amid a run, then who needs it says so and the run goes on",
    async (context) => {
      const kafka = there(await startKafka(), () => context.skip())
      await createTopics(kafka)
      const dir = folderAt("s3/server")
      const s3 = there(await startS3Mock({ dir }), () => context.skip())
      const env = { ONEFOLD_S3_ENDPOINT: s3.endpoint, AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" }
      const flags = ["--brokers", kafka.brokers, "--blobs", `s3://${s3.bucket}/runs`]
      const workers = workersAt("s3", flags, env)
      const follower = submittedAt("s3", flags, env)
      await follower.until('"type":"step"')
      await s3.stop()
      await Promise.any(workers.map((worker) => worker.until("waiting for")))
      await pause(5000)
      there(await startS3Mock({ dir, port: Number(new URL(s3.endpoint).port) }), () => context.skip())
      await finishes(follower, workers)
    },
    10 * minutes
  )
})

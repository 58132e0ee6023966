/**
 * A whole run on a cluster as companies have it: brokers over TLS that ask who comes, artifacts in S3. Skipped, aloud, where
 * there is no Java or no openssl; with CI=true that is a failure.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import type { LocalKafka } from "../../../deploy/local/kafka.ts"
import { type LocalS3, startS3Mock } from "../../../deploy/local/s3mock.ts"
import { startSecured } from "../../../deploy/local/secured-kafka.fixture.ts"
import { describeOver, together } from "../../../deploy/local/servers.fixture.ts"
import { decode } from "../../../platform/log/codec.ts"
import { isRefused, onefold, policiesOf, scratchFolder, smoke } from "../spawned.fixture.ts"
import { allRecords, ended, ready, type SpawnedCluster, spawnedCluster, withTopics } from "./spawned-cluster.fixture.ts"
import { pipelineKinds } from "./workers.fixture.ts"

const user = "trainer"
const password = "a-password-that-nobody-may-see"
const s3Key = "AKIAFORTHISTESTONLY"
const s3Secret = "a/secret+that/nobody/may/see"
const secrets = [password, s3Secret]

const scratch = scratchFolder()
const certificates = join(scratch, "certificates")
const ca = join(certificates, "ca.crt")
const job = ["--steps", "2", "--validation", "none"]

const securedCluster = (kafka: LocalKafka, s3: LocalS3): SpawnedCluster =>
  spawnedCluster(kafka, scratch, {
    flags: ["--tls-ca", ca],
    env: {
      ...{ ONEFOLD_KAFKA_USER: user, ONEFOLD_KAFKA_PASSWORD: password },
      ...{ ONEFOLD_BLOBS: `s3://${s3.bucket}/runs`, ONEFOLD_S3_ENDPOINT: s3.endpoint },
      ...{ AWS_ACCESS_KEY_ID: s3Key, AWS_SECRET_ACCESS_KEY: s3Secret }
    },
    connection: {
      tls: { ca: readFileSync(ca, "utf8") },
      sasl: { mechanism: "scram-sha-512", username: user, password: Redacted.make(password) }
    }
  })

/** The keys of what lies in a bucket; a page of them is enough. */
const keysIn = async ({ bucket, endpoint }: LocalS3): Promise<ReadonlyArray<string>> => {
  const page = await (await fetch(`${endpoint}/${bucket}?list-type=2`)).text()
  return [...page.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key)
}

const starting = together(startSecured({ certificates, users: { [user]: password } }), startS3Mock())
await describeOver("a cluster behind TLS and passwords", starting, ({ servers: [kafka, s3] }) => {
  const cluster = securedCluster(kafka, s3)

  it("given processes that know the password, then the run is the one that a process makes alone, and none tells a secret", async () => {
    const atHome = onefold(smoke(join(scratch, "home"), ...job))
    await withTopics(cluster)
    const workers = pipelineKinds.map((kind) => cluster.worker(kind, kind, "--threads", "1"))
    await ready(...workers)
    const submit = ["submit", "--preset", "smoke", ...job, "--follow", "--json", "--data-dir", join(scratch, "asker")]
    const [home, submitted] = [await atHome, await cluster.onefold(...submit)]
    assert.strictEqual(home.code, 0, home.stderr)
    assert.strictEqual(submitted.code, 0, submitted.stderr)
    const policies = policiesOf(home)
    assert.lengthOf(policies, 2)
    assert.deepStrictEqual(policiesOf(submitted), policies)
    assert.include(await keysIn(s3), `runs/${policies[1].slice(0, 2)}/${policies[1]}.safetensors`)

    const left = await ended(workers)
    for (const { code, stderr } of left) assert.strictEqual(code, 0, stderr)
    const records = await cluster.onLog(allRecords)
    const events = await Effect.runPromise(Effect.forEach(records, ({ value }) => decode(value)))
    assert.lengthOf(new Set(events.map(({ eventId }) => eventId)), events.length, "each event once")
    const told = [submitted, ...left].map(({ stderr, stdout }) => stdout + stderr)
    const written = records.map(({ value }) => Buffer.from(value).toString("latin1"))
    for (const secret of secrets) for (const text of [...told, ...written]) assert.notInclude(text, secret)
  })

  it("given a wrong password, then a worker ends, and says what to look at and not what it was given", async () => {
    const wrong = "another-password"
    const args = ["worker", "verify", "--json", "--tls-ca", ca, "--data-dir", join(scratch, "stranger")]
    const refused = await onefold(args, { env: { ...cluster.env, ONEFOLD_KAFKA_PASSWORD: wrong } })
    isRefused(refused, 4, "the password")
    for (const secret of [...secrets, wrong]) assert.notInclude(refused.stderr, secret)
  })
})

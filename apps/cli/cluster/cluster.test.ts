import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted } from "effect"
import { isLoopback } from "../../../platform/http/loopback.ts"
import { exitCodeOf } from "../exit-codes.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { clusterOf } from "./cluster.ts"
import type { ClusterFlags } from "./cluster-flags.ts"
import { ClusterUnusable } from "./cluster-unusable.ts"

const none: ClusterFlags = {
  ...{ brokers: null, plaintext: false, tls: false, tlsCa: null, tlsCert: null, tlsKey: null, compression: null },
  ...{ registry: null, blobs: null, blobCache: 1024 }
}
const here = { ...none, brokers: "127.0.0.1:9092", blobs: "shared" }
const away = { ...here, brokers: "kafka-1:9093" }

const clusterFor = (flags: ClusterFlags, env: Record<string, string> = {}) =>
  clusterOf(flags).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

const scratch = scratchFolder()
const file = (name: string, text: string): string => {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

/** Certificates of their own authority, as files. */
const selfSigned = (name: string) => {
  const [cert, key] = [join(scratch, `${name}.crt`), join(scratch, `${name}.key`)]
  const words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
  execFileSync("openssl", [...words, "-subj", `/CN=${name}`, "-keyout", key, "-out", cert], { stdio: "ignore" })
  return { cert, key }
}

describe("a cluster that is said rightly", () => {
  it.effect("given loopback, then no encryption is asked for", () =>
    Effect.gen(function* () {
      const { kafka, ...others } = yield* clusterFor(here)
      assert.deepStrictEqual(kafka, { brokers: ["127.0.0.1:9092"], clientId: "onefold", onlyLoopback: true })
      assert.deepStrictEqual(others, {
        ...{ blobs: resolve("shared"), blobCacheBytes: 1024, plaintext: false }
      })
    })
  )

  it.effect("given the environment, then it counts where no flag speaks, and empty variables do not", () =>
    Effect.gen(function* () {
      const env = {
        ...{ ONEFOLD_BROKERS: "a:1, b:2", ONEFOLD_REGISTRY: "https://registry:8081/", ONEFOLD_BLOBS: "s3://bucket/x/" },
        ...{ ONEFOLD_KAFKA_USER: "worker", ONEFOLD_KAFKA_PASSWORD: "hush", ONEFOLD_KAFKA_MECHANISM: "" },
        ...{ ONEFOLD_REGISTRY_USER: "reader", ONEFOLD_REGISTRY_PASSWORD: "whist" }
      }
      const { blobs, kafka } = yield* clusterFor({ ...none, tls: true }, env)
      assert.deepStrictEqual(kafka.brokers, ["a:1", "b:2"])
      assert.strictEqual(kafka.tls, true)
      assert.deepInclude(kafka.sasl, { mechanism: "scram-sha-512", username: "worker" })
      assert.strictEqual(kafka.sasl && Redacted.value(kafka.sasl.password), "hush")
      assert.deepInclude(kafka.registry, { url: "https://registry:8081", user: "reader" })
      assert.strictEqual(blobs, "s3://bucket/x")
      assert.notMatch(JSON.stringify(kafka), /hush|whist/)
      const flag = yield* clusterFor({ ...here, tls: true }, { ONEFOLD_BROKERS: "a:1", ONEFOLD_KAFKA_USER: "" })
      assert.deepStrictEqual(flag.kafka.brokers, ["127.0.0.1:9092"])
    })
  )

  it.effect("given PEM files, then they are read and the connection is encrypted", () =>
    Effect.gen(function* () {
      const [ca, own] = [selfSigned("ca"), selfSigned("own")]
      const { kafka } = yield* clusterFor({ ...away, tlsCa: ca.cert, tlsCert: own.cert, tlsKey: own.key })
      if (kafka.tls === undefined || kafka.tls === true) return assert.fail("there are files")
      assert.match(kafka.tls.ca ?? "", /BEGIN CERTIFICATE/)
      assert.notInclude(JSON.stringify(kafka), "PRIVATE KEY")
      const [other, text] = [selfSigned("other"), file("text.pem", "no pem")]
      for (const [flags, said] of [
        [{ tlsCert: own.cert, tlsKey: other.key }, "it is not the key of"],
        [{ tlsCert: own.cert, tlsKey: text }, "it holds no private key"],
        [{ tlsCa: text }, "it holds no certificate"]
      ] as const)
        assert.include((yield* Effect.flip(clusterFor({ ...away, ...flags }))).message, said)
    })
  )

  it("given hosts, then only those of this machine are loopback", () => {
    for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.9.8.7", "::1", "[::1]"])
      assert.isTrue(isLoopback(host), host)
    for (const host of ["127.0.0.1.example.org", "10.0.0.1", "localhost.org", "0.0.0.0", "kafka"])
      assert.isFalse(isLoopback(host), host)
  })
})

const user = { ONEFOLD_KAFKA_USER: "worker", ONEFOLD_KAFKA_PASSWORD: "hush-hush" }
const noEnv: Record<string, string> = {}

describe("a cluster that cannot be used", () => {
  it.effect.each([
    ["no brokers", none, noEnv, "--brokers: no broker is named"],
    ["no port", { ...here, brokers: "127.0.0.1" }, noEnv, '--brokers: "127.0.0.1" is no address. Write host:port'],
    ["a port too high", { ...here, brokers: "127.0.0.1:70000" }, noEnv, '"127.0.0.1:70000" is no address'],
    ["an empty one among them", { ...here, brokers: "127.0.0.1:1,," }, noEnv, '"" is no address'],
    ["a number of IPv6", { ...here, brokers: "[::1]:9092" }, noEnv, "a number of IPv6"],
    ["the variable malformed", { ...here, brokers: null }, { ONEFOLD_BROKERS: "x" }, 'ONEFOLD_BROKERS: "x" is no'],
    ["a password among them", { ...here, brokers: "me:hush-hush@kafka:1" }, noEnv, "a user does not belong there"],
    ["another machine in the open", away, noEnv, "everything would go to kafka-1:9093 without encryption. Encrypt"],
    ["a user in the open", away, user, "everything, and who logs in, would go to kafka-1:9093 without encryption"],
    ["one of several in the open", { ...here, brokers: "127.0.0.1:1,b:2" }, noEnv, "would go to b:2 without"],
    ["a key without certificate", { ...here, tlsKey: "k" }, noEnv, "--tls-key: a key without a certificate"],
    ["a certificate without key", { ...here, tlsCert: "c" }, noEnv, "--tls-cert: a certificate needs its private key"],
    ["a file that is not there", { ...here, tlsCa: "/none.pem" }, noEnv, "--tls-ca /none.pem: there is no such file"],
    ["a folder as a file", { ...here, tlsCa: "/" }, noEnv, "--tls-ca /: it cannot be read (EISDIR)"],
    ["a user without password", here, { ONEFOLD_KAFKA_USER: "w" }, "the user has no password. Set ONEFOLD_KAFKA_PASSW"],
    ["a password without user", here, { ONEFOLD_KAFKA_PASSWORD: "hush-hush" }, "the password has no user"],
    ["a mechanism unknown", here, { ...user, ONEFOLD_KAFKA_MECHANISM: "plain" }, '"plain" is not known. Known: scram'],
    ["no place for blobs", { ...here, blobs: null }, noEnv, "--blobs: no place for weights"],
    ["another store", { ...here, blobs: "gs://b/x" }, noEnv, '"gs://b/x" is no bucket'],
    ["keys in the bucket", { ...here, blobs: "s3://me:hush-hush@b/x" }, noEnv, "keys do not belong there"],
    [
      "a registry in the open",
      { ...here, registry: "http://r:8081" },
      noEnv,
      "what is asked of r:8081 would go without"
    ],
    ["a registry's password", { ...here, registry: "https://a:hush-hush@r" }, noEnv, "user and password do not belong"],
    ["no registry's address", { ...here, registry: "r:8081" }, noEnv, "it is no http or https address"],
    ["a cache below nothing", { ...here, blobCache: -1 }, noEnv, "--blob-cache: -1 is no number of bytes"]
  ] as const)("given %s, then it is told before anything is connected to", ([_, flags, env, said]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(clusterFor(flags, env))
      assert.instanceOf(failure, ClusterUnusable)
      assert.include(failure.message, said)
      assert.notInclude(failure.message, "hush")
      assert.strictEqual(exitCodeOf(failure), 2)
    })
  )

  it.effect("given --plaintext, then other machines are spoken to in the open", () =>
    Effect.gen(function* () {
      const { kafka, plaintext } = yield* clusterFor({ ...away, plaintext: true, registry: "http://r:8081" }, user)
      assert.isUndefined(kafka.tls)
      assert.isFalse(kafka.onlyLoopback)
      assert.isTrue(plaintext)
    })
  )
})

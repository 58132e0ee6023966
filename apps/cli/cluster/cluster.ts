/**
 * A cluster, from flags and environment: everything is checked before anything is connected to.
 *
 * What leaves this machine is encrypted, unless --plaintext says that it need not be.
 */
import { resolve } from "node:path"
import { Config, Effect, Layer, Option } from "effect"
import type { Artifacts } from "../../../learning/artifacts.ts"
import { isLoopback } from "../../../platform/http/loopback.ts"
import type { EventLog, LogError } from "../../../platform/log/event-log.ts"
import {
  type KafkaConnection,
  type KafkaSasl,
  layerKafka,
  type RegistryConnection
} from "../../../platform/log/kafka.ts"
import { layerLargeValues } from "../../../platform/log/large-values.ts"
import { type BrokerFlags, type ClusterFlags, loginOf, type Said, saidBy } from "./cluster-flags.ts"
import { unusable } from "./cluster-unusable.ts"
import { tlsOf } from "./tls-files.ts"

export interface Cluster {
  readonly kafka: KafkaConnection
  /** An absolute folder or s3://bucket/prefix. */
  readonly blobs: string
  readonly blobCacheBytes: number
  /** Connections to other machines may be without encryption. */
  readonly plaintext: boolean
}

const mechanisms = ["scram-sha-512", "scram-sha-256"] as const

const encrypt = "Encrypt with --tls or --tls-ca, or allow it with --plaintext"

/** One of --brokers. What holds an "@" may hold a password, and is not repeated. */
const checkBroker = Effect.fn("cluster.checkBroker")(function* (place: string, broker: string) {
  const form = "Write host:port, as kafka-1:9093,kafka-2:9093"
  if (broker.includes("@"))
    return yield* unusable(
      place,
      "a user does not belong there",
      "Put it into ONEFOLD_KAFKA_USER and ONEFOLD_KAFKA_PASSWORD"
    )
  if (broker.startsWith("[") || broker.split(":").length > 2)
    return yield* unusable(place, `${broker} is a number of IPv6`, "Use a host's name or a number of IPv4")
  const [, host, port] = /^([A-Za-z0-9._-]+):(\d{1,5})$/.exec(broker) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    return yield* unusable(place, `"${broker}" is no address`, form)
  return { host, broker }
})

const brokersOf = Effect.fn("cluster.brokersOf")(function* (said: Said | null) {
  if (said === null) return yield* unusable("--brokers", "no broker is named", "Name one, or set ONEFOLD_BROKERS")
  return yield* Effect.forEach(said.text.split(","), (text) => checkBroker(said.place, text.trim()))
})

/** A user with its password, or neither. */
const wholeLogin = Effect.fn("cluster.wholeLogin")(function* (prefix: string) {
  const { password, user } = yield* loginOf(prefix)
  if (user !== null && password === null)
    return yield* unusable(`${prefix}_USER`, "the user has no password", `Set ${prefix}_PASSWORD`)
  if (user === null && password !== null)
    return yield* unusable(`${prefix}_PASSWORD`, "the password has no user", `Set ${prefix}_USER`)
  return user === null || password === null ? null : { user, password }
})

const saslOf = Effect.gen(function* () {
  const login = yield* wholeLogin("ONEFOLD_KAFKA")
  const name = "ONEFOLD_KAFKA_MECHANISM"
  const asked = Option.getOrElse(yield* Config.option(Config.String(name)), () => "").toLowerCase()
  const mechanism = asked === "" ? mechanisms[0] : mechanisms.find((known) => known === asked)
  if (mechanism === undefined)
    return yield* unusable(name, `"${asked}" is not known`, `Known: ${mechanisms.join(", ")}`)
  const sasl: KafkaSasl | null = login === null ? null : { mechanism, username: login.user, password: login.password }
  return sasl
})

const registryOf = Effect.fn("cluster.registryOf")(function* ({ plaintext, registry }: BrokerFlags) {
  const said = yield* saidBy("--registry", registry, "ONEFOLD_REGISTRY")
  const login = yield* wholeLogin("ONEFOLD_REGISTRY")
  if (said === null) return null
  const url = URL.parse(said.text)
  if (url === null || !/^https?:$/.test(url.protocol))
    return yield* unusable(said.place, "it is no http or https address", "Write it as https://registry:8081")
  const variables = "ONEFOLD_REGISTRY_USER and ONEFOLD_REGISTRY_PASSWORD"
  if (url.username !== "" || url.password !== "")
    return yield* unusable(said.place, "user and password do not belong there", `Put them into ${variables}`)
  if (url.protocol === "http:" && !plaintext && !isLoopback(url.hostname))
    return yield* unusable(
      said.place,
      `what is asked of ${url.host} would go without encryption`,
      "Use an https address, or allow it with --plaintext"
    )
  const found: RegistryConnection = { url: url.href.replace(/\/+$/, ""), plaintext, ...login }
  return found
})

/** Where the brokers are and who asks. Fails with ClusterUnusable. */
export const kafkaOf = Effect.fn("cluster.kafkaOf")(function* (flags: BrokerFlags) {
  const said = yield* saidBy("--brokers", flags.brokers, "ONEFOLD_BROKERS")
  const brokers = yield* brokersOf(said)
  const tls = yield* tlsOf(flags)
  const sasl = yield* saslOf
  const open = tls === null && !flags.plaintext ? brokers.find(({ host }) => !isLoopback(host)) : undefined
  if (open !== undefined) {
    const what = sasl === null ? "everything" : "everything, and who logs in,"
    return yield* unusable(said?.place ?? "", `${what} would go to ${open.broker} without encryption`, encrypt)
  }
  const registry = yield* registryOf(flags)
  const kafka: KafkaConnection = {
    ...(registry === null ? {} : { registry }),
    brokers: brokers.map(({ broker }) => broker),
    clientId: "onefold",
    ...(tls === null ? { onlyLoopback: !flags.plaintext } : { tls }),
    ...(sasl === null ? {} : { sasl }),
    ...(flags.compression === null ? {} : { compression: flags.compression })
  }
  return kafka
})

const blobsOf = Effect.fn("cluster.blobsOf")(function* (flags: ClusterFlags) {
  const said = yield* saidBy("--blobs", flags.blobs, "ONEFOLD_BLOBS")
  const form = "Name a folder that all machines share, or s3://bucket/prefix"
  if (said === null) return yield* unusable("--blobs", "no place for weights and gradients is named", form)
  if (!/^[a-z0-9]+:\/\//i.test(said.text)) return resolve(said.text)
  if (said.text.includes("@"))
    return yield* unusable(
      said.place,
      "keys do not belong there",
      "Put them into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )
  if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/\S*)?$/.test(said.text))
    return yield* unusable(said.place, `"${said.text}" is no bucket`, form)
  return said.text.replace(/\/+$/, "")
})

/** Fails with ClusterUnusable, which says what is wrong, where, and what to do next. */
export const clusterOf = Effect.fn("cluster.clusterOf")(function* (flags: ClusterFlags) {
  const kafka = yield* kafkaOf(flags)
  const blobs = yield* blobsOf(flags)
  if (flags.blobCache < 0)
    return yield* unusable("--blob-cache", `${flags.blobCache} is no number of bytes`, "Give 0 or more")
  const cluster: Cluster = { kafka, blobs, blobCacheBytes: flags.blobCache, plaintext: flags.plaintext }
  return cluster
})

/** Values too large for a broker lie among the artifacts. */
export const clusterLog = ({ kafka }: Cluster): Layer.Layer<EventLog, LogError, Artifacts> =>
  layerLargeValues().pipe(Layer.provide(layerKafka(kafka)))

/**
 * Where a cluster is, in flags and in the environment: what every command that works on one can be told.
 *
 *   ONEFOLD_BROKERS, ONEFOLD_REGISTRY, ONEFOLD_BLOBS        in place of the flags of these names
 *   ONEFOLD_KAFKA_USER, _PASSWORD, _MECHANISM               who asks the brokers (scram-sha-512)
 *   ONEFOLD_REGISTRY_USER, _PASSWORD                        who asks the registry
 *
 * Users and passwords have no flags: whoever lists the processes of a machine reads every command line.
 */
import { Config, Effect, Option, Redacted } from "effect"
import { Flag } from "effect/cli"
import { optionalText, switchFlag } from "../flags.ts"

/** For commands that need nothing but the brokers. */
export const brokerFlags = {
  brokers: optionalText("brokers", "Kafka's brokers as host:port, with commas between; default: ONEFOLD_BROKERS"),
  registry: optionalText("registry", "Address of the schema registry; default: ONEFOLD_REGISTRY, else none"),
  plaintext: switchFlag("plaintext", "Allow connections without encryption to other machines"),
  tls: switchFlag("tls", "Encrypt, and trust the certificates that this system trusts"),
  tlsCa: optionalText("tls-ca", "Encrypt, and trust the authorities in this PEM file only"),
  tlsCert: optionalText("tls-cert", "Show this certificate to the brokers, a PEM file"),
  tlsKey: optionalText("tls-key", "The certificate's private key, a PEM file"),
  compression: Flag.Literals("compression", ["gzip"]).pipe(
    Flag.withDescription("Compress what is written; default: not"),
    Flag.optional,
    Flag.map(Option.getOrNull)
  )
}

/** For commands that read the log: where those of its values lie that are too large for a broker. */
export const logFlags = {
  ...brokerFlags,
  blobs: optionalText(
    "blobs",
    "Where weights and gradients lie: a folder that all machines share, or s3://bucket/prefix; default: ONEFOLD_BLOBS"
  )
}

/** For commands that work on runs. */
export const clusterFlags = {
  ...logFlags,
  blobCache: Flag.Int("blob-cache").pipe(
    Flag.withDescription("Bytes of artifacts from s3 that stay on this machine"),
    Flag.withDefault(8 * 1024 ** 3)
  )
}

export interface BrokerFlags {
  readonly brokers: string | null
  readonly registry: string | null
  readonly plaintext: boolean
  readonly tls: boolean
  readonly tlsCa: string | null
  readonly tlsCert: string | null
  readonly tlsKey: string | null
  readonly compression: "gzip" | null
}

export interface LogFlags extends BrokerFlags {
  readonly blobs: string | null
}

export interface ClusterFlags extends LogFlags {
  readonly blobCache: number
}

/** What was said, and by which flag or variable. */
export interface Said {
  readonly place: string
  readonly text: string
}

/** What a flag says, else the environment; null where neither does. */
export const saidBy = Effect.fn("clusterFlags.saidBy")(function* (flag: string, given: string | null, name: string) {
  if (given !== null) return { place: flag, text: given }
  const text = Option.getOrElse(yield* Config.option(Config.String(name)), () => "")
  const said: Said | null = text === "" ? null : { place: name, text }
  return said
})

export interface Login {
  readonly user: string
  readonly password: Redacted.Redacted<string>
}

/** Who asks, as far as the environment says; an empty variable says nothing. */
export const loginOf = Effect.fn("clusterFlags.loginOf")(function* (prefix: string) {
  const user = Option.getOrElse(yield* Config.option(Config.String(`${prefix}_USER`)), () => "")
  const password = Option.filter(
    yield* Config.option(Config.Redacted(`${prefix}_PASSWORD`)),
    (value) => Redacted.value(value) !== ""
  )
  return { user: user === "" ? null : user, password: Option.getOrNull(password) }
})

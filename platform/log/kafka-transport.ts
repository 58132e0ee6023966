/**
 * What a connection is encrypted with, and who asks.
 *
 * A broker's certificate is always checked: its authority and its host's name. Nothing turns that off.
 */
import { connect, Socket } from "node:net"
import { Redacted } from "effect"
import { isLoopback } from "../http/loopback.ts"

export interface KafkaTls {
  /** Authorities to trust in place of those that the system trusts, as PEM. */
  readonly ca?: string
  /** For brokers that ask for a certificate: one's own with its key, as PEM. */
  readonly cert?: string
  readonly key?: Redacted.Redacted<string>
}

export interface KafkaSasl {
  readonly mechanism: "scram-sha-256" | "scram-sha-512"
  readonly username: string
  readonly password: Redacted.Redacted<string>
}

const sslOf = (tls: KafkaTls) => ({
  ...(tls.ca === undefined ? {} : { ca: tls.ca }),
  ...(tls.cert === undefined ? {} : { cert: tls.cert }),
  ...(tls.key === undefined ? {} : { key: Redacted.value(tls.key) }),
  // Said aloud: Node would go by NODE_TLS_REJECT_UNAUTHORIZED otherwise.
  rejectUnauthorized: true
})

const saslOf = ({ mechanism, password, username }: KafkaSasl) => {
  const who = { username, password: Redacted.value(password) }
  return mechanism === "scram-sha-256"
    ? ({ mechanism: "scram-sha-256", ...who } as const)
    : ({ mechanism: "scram-sha-512", ...who } as const)
}

/** The code of a connection that was not made because it would leave this machine without encryption. */
export const openRefused = "ERR_TLS_REQUIRED"

/** A socket that fails at once, as one does that cannot be connected. */
const refused = (host: string): Socket => {
  const error = Object.assign(new Error(`${host} is another machine, and the connection would not be encrypted`), {
    code: openRefused
  })
  return new Socket().destroy(error)
}

const keepAliveMillis = 60_000

const onlyHere = ({ host, onConnect, port }: { host: string; onConnect: () => void; port: number }): Socket =>
  isLoopback(host) ? connect({ host, port }, onConnect).setKeepAlive(true, keepAliveMillis) : refused(host)

interface Transport {
  readonly sasl?: KafkaSasl
  readonly tls?: KafkaTls | true
  readonly onlyLoopback?: boolean
}

/** `ssl`, `sasl` and how sockets are made, as kafkajs takes them: the one place where secrets are unwrapped. */
export const transportOf = ({ onlyLoopback = false, sasl, tls }: Transport) => ({
  ...(tls === undefined ? {} : { ssl: sslOf(tls === true ? {} : tls) }),
  ...(tls === undefined && onlyLoopback ? { socketFactory: onlyHere } : {}),
  ...(sasl === undefined ? {} : { sasl: saslOf(sasl) })
})

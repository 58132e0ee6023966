/**
 * What a connection is encrypted with, and who asks.
 *
 * A broker's certificate is always checked: its authority and its host's name. Nothing turns that off.
 */
import { Redacted } from "effect"

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

/** `ssl` and `sasl` as kafkajs takes them: the one place where secrets are unwrapped. */
export const transportOf = ({ sasl, tls }: { readonly sasl?: KafkaSasl; readonly tls?: KafkaTls | true }) => ({
  ...(tls === undefined ? {} : { ssl: sslOf(tls === true ? {} : tls) }),
  ...(sasl === undefined ? {} : { sasl: saslOf(sasl) })
})

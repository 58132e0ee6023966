/**
 * The PEM files of a TLS connection: read and looked at before anything is connected to, so that what is wrong is told
 * by the file's name.
 */
import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Effect, Redacted } from "effect"
import type { KafkaTls } from "../../../platform/log/kafka.ts"
import type { BrokerFlags } from "./cluster-flags.ts"
import { unusable } from "./cluster-unusable.ts"

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

const read = (flag: string, file: string) =>
  Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (error) => {
      const why = codeOf(error) === "ENOENT" ? "there is no such file" : `it cannot be read (${codeOf(error)})`
      return unusable(`${flag} ${file}`, why, "Name a PEM file that this process may read")
    }
  })

/** Parses a text, which errors do not repeat. */
const parsed = <A>(flag: string, file: string, what: string, parse: () => A) =>
  Effect.try({
    try: parse,
    catch: () => unusable(`${flag} ${file}`, `it holds no ${what}`, "Name a PEM file, which begins with -----BEGIN")
  })

const certificate = Effect.fn("tlsFiles.certificate")(function* (flag: string, file: string) {
  const text = yield* read(flag, file)
  return { text, x509: yield* parsed(flag, file, "certificate", () => new X509Certificate(text)) }
})

const own = Effect.fn("tlsFiles.own")(function* (certFile: string, keyFile: string) {
  const { text: cert, x509 } = yield* certificate("--tls-cert", certFile)
  const text = yield* read("--tls-key", keyFile)
  const key = yield* parsed("--tls-key", keyFile, "private key without a passphrase", () => createPrivateKey(text))
  if (!x509.checkPrivateKey(key))
    return yield* unusable(
      `--tls-key ${keyFile}`,
      `it is not the key of ${certFile}`,
      "Name the two that were made together"
    )
  return { cert, key: Redacted.make(text) }
})

/** Null where the connection shall not be encrypted. */
export const tlsOf = Effect.fn("tlsFiles.tlsOf")(function* ({ tls, tlsCa, tlsCert, tlsKey }: BrokerFlags) {
  if (tlsCert === null && tlsKey !== null)
    return yield* unusable(
      "--tls-key",
      "a key without a certificate says nothing",
      "Name its certificate with --tls-cert"
    )
  if (tlsCert !== null && tlsKey === null)
    return yield* unusable("--tls-cert", "a certificate needs its private key", "Name it with --tls-key")
  const files: KafkaTls = {
    ...(tlsCa === null ? {} : { ca: (yield* certificate("--tls-ca", tlsCa)).text }),
    ...(tlsCert === null || tlsKey === null ? {} : yield* own(tlsCert, tlsKey))
  }
  if (Object.keys(files).length > 0) return files
  return tls ? (true as const) : null
})

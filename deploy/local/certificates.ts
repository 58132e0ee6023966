/**
 * Certificates for a cluster on one machine: an authority, the brokers' certificate and a client's, by openssl.
 *
 *   tests      makeCertificates(folder)
 *   by hand    node deploy/local/certificates.ts DIR [HOST …]
 *
 *   ca.crt ca.key            the authority, which clients and brokers trust
 *   broker.pem               the brokers' key and certificate in one file, as Kafka reads a keystore of PEM
 *   client.crt client.key    a client's, for brokers that ask for one
 *
 * Every key is made anew and lies unencrypted in the folder, which only its owner may read. Not for production: there
 * an authority's key lies elsewhere.
 */
import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { fileURLToPath } from "node:url"

const DAYS = "365"

/** Where a broker of this machine is reached. */
export const LOCAL_HOSTS = ["127.0.0.1", "localhost"]

function openssl(dir: string, args: ReadonlyArray<string>): void {
  const { error, status, stderr } = spawnSync("openssl", args, { cwd: dir, encoding: "utf8" })
  if (error !== undefined) throw new Error(`openssl, which makes certificates, cannot be run: ${error.message}`)
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr.trim()}`)
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

/** A key and a certificate of the authority's: NAME.key and NAME.crt. */
function sign(dir: string, name: string, extensions: ReadonlyArray<string>): void {
  openssl(dir, ["req", ...NEW_KEY, "-subj", `/CN=onefold-${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`])
  writeFileSync(path.join(dir, `${name}.ext`), `${extensions.join("\n")}\n`)
  const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-days", DAYS, "-extfile", `${name}.ext`]
  openssl(dir, ["x509", "-req", "-in", `${name}.csr`, "-out", `${name}.crt`, ...signed])
  for (const passing of ["csr", "ext"]) rmSync(path.join(dir, `${name}.${passing}`))
}

const alternative = (host: string): string => `${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}`

/** @param hosts names and numbers that clients reach the brokers by */
export function makeCertificates(dir: string, hosts: ReadonlyArray<string> = LOCAL_HOSTS): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const authority = ["-subj", "/CN=onefold-ca", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]
  openssl(dir, ["req", "-x509", ...NEW_KEY, ...authority, "-days", DAYS, "-keyout", "ca.key", "-out", "ca.crt"])
  // A broker also asks: it sends itself and others the ends of transactions.
  const names = `subjectAltName=${hosts.map(alternative).join(",")}`
  sign(dir, "broker", [names, "extendedKeyUsage=serverAuth,clientAuth"])
  sign(dir, "client", ["extendedKeyUsage=clientAuth"])
  const own = ["broker.key", "broker.crt"].map((name) => readFileSync(path.join(dir, name), "utf8"))
  writeFileSync(path.join(dir, "broker.pem"), own.join(""))
  for (const name of ["broker.key", "broker.crt"]) rmSync(path.join(dir, name))
  for (const name of ["ca.key", "client.key", "broker.pem"]) chmodSync(path.join(dir, name), 0o600)
}

function main([dir, ...hosts]: ReadonlyArray<string>): void {
  if (dir === undefined) {
    console.error("Which folder? node deploy/local/certificates.ts DIR [HOST …]")
    process.exitCode = 2
    return
  }
  makeCertificates(dir, hosts.length === 0 ? LOCAL_HOSTS : hosts)
  console.log(path.resolve(dir))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))

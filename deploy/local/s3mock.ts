/**
 * One S3 server on this machine, without Docker: Adobe's S3Mock, on a free port, gone with the process that started it.
 *
 *   tests      const s3 = await startS3Mock()
 *   by hand    node deploy/local/s3mock.ts [DIR]     until Ctrl-C
 *
 * It takes whatever credentials it is shown, and checks the checksums of what it is sent.
 */
import { mkdirSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { serveByHand } from "./by-hand.ts"
import { freePorts } from "./free-ports.ts"
import { jarsOf, type Unavailable } from "./jars.ts"
import { removeFolders, startTied } from "./tied-process.ts"

const VERSION = "4.9.1"
const PATIENCE_MS = 2000

/** An S3 server cannot be had on this machine. */
export interface S3Unavailable extends Unavailable {
  readonly _tag: "S3Unavailable"
}

export interface LocalS3 {
  readonly _tag: "LocalS3"
  /** "http://127.0.0.1:port". */
  readonly endpoint: string
  /** The bucket that is there from the start. */
  readonly bucket: string
  /** Ends the server, and removes its data unless the caller named a folder. Safe to call twice. */
  readonly stop: () => Promise<void>
}

/** The folder that holds the jar (62 MB), or why there is none. */
export function s3MockJar(): string | S3Unavailable {
  const jars = jarsOf({
    name: `S3Mock ${VERSION}`,
    folder: `s3mock-${VERSION}`,
    libraries: [{ group: "com.adobe.testing", artifact: "s3mock", version: VERSION, classifier: "exec", alone: true }]
  })
  return typeof jars === "string" ? path.join(jars, `s3mock-${VERSION}-exec.jar`) : { _tag: "S3Unavailable", ...jars }
}

/**
 * Starts the server and resolves once it answers, in about 5 s.
 *
 * With `dir`, its data lies there and outlives it; with `port`, it listens there, so that the next start has the same
 * address. Resolves with `S3Unavailable` where Java or Maven is missing, so that a suite can skip and say so; rejects when
 * a server that could run did not come up.
 */
export async function startS3Mock(
  options: { readonly dir?: string; readonly port?: number; readonly bucket?: string } = {}
): Promise<LocalS3 | S3Unavailable> {
  const jar = s3MockJar()
  if (typeof jar !== "string") return jar
  const bucket = options.bucket ?? "onefold"
  const dir = options.dir === undefined ? mkdtempSync(path.join(tmpdir(), "onefold-s3-")) : path.resolve(options.dir)
  const passing = options.dir === undefined ? [dir] : []
  try {
    const data = path.join(dir, "data")
    mkdirSync(data, { recursive: true })
    const [port] = await freePorts([options.port ?? 0])
    const endpoint = `http://127.0.0.1:${port}`
    const stop = await startTied({
      name: "The local S3 server",
      command: "java",
      args: serverArguments(jar, data, bucket, port),
      log: path.join(dir, "server.log"),
      answers: () => hasBucket(endpoint, bucket),
      passing
    })
    return { _tag: "LocalS3", endpoint, bucket, stop }
  } catch (error) {
    removeFolders(passing)
    throw error
  }
}

/** It always opens a second port, for https: any that is free. */
function serverArguments(jar: string, data: string, bucket: string, port: number): ReadonlyArray<string> {
  const settings = {
    "server.address": "127.0.0.1",
    "server.port": 0,
    "logging.level.root": "WARN",
    "spring.main.banner-mode": "off",
    "com.adobe.testing.s3mock.httpPort": port,
    "com.adobe.testing.s3mock.store.root": data,
    "com.adobe.testing.s3mock.store.retainFilesOnExit": true,
    "com.adobe.testing.s3mock.store.initialBuckets": bucket
  }
  const java = ["-Xms64m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", jar]
  return [...java, ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)]
}

/** Silence, a refusal and half an answer are all `false`. */
const hasBucket = (endpoint: string, bucket: string): Promise<boolean> =>
  fetch(`${endpoint}/${bucket}`, { signal: AbortSignal.timeout(PATIENCE_MS), headers: { connection: "close" } })
    .then(async (response) => {
      await response.arrayBuffer()
      return response.ok
    })
    .catch(() => false)

async function main(dir: string | undefined): Promise<void> {
  const s3 = await startS3Mock(dir === undefined ? {} : { dir })
  await serveByHand(s3._tag === "S3Unavailable" ? s3 : { address: `${s3.endpoint}/${s3.bucket}`, stop: s3.stop })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2])

/**
 * One schema registry on this machine, without Docker: Apicurio Registry, which answers Confluent's API. It keeps what it
 * is told in memory, and is gone with the process that started it.
 *
 *   tests      const registry = await startRegistry()
 *   by hand    node deploy/local/registry.ts [PORT]     until Ctrl-C
 */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { serveByHand } from "./by-hand.ts"
import { freePorts } from "./free-ports.ts"
import { jarsOf, type Unavailable } from "./jars.ts"
import { removeFolders, startTied } from "./tied-process.ts"

export const APICURIO_VERSION = "2.6.13.Final"

const ARTIFACT = "apicurio-registry-app"

/** A registry cannot be had on this machine. */
export interface RegistryUnavailable extends Unavailable {
  readonly _tag: "RegistryUnavailable"
}

export interface LocalRegistry {
  readonly _tag: "LocalRegistry"
  /** For a client: where Confluent's API begins. */
  readonly url: string
  /** Ends the registry, and with it all that it knew. Safe to call twice. */
  readonly stop: () => Promise<void>
}

/** The folder that holds the program (142 MB to fetch), or why there is none. */
function programFolder(): string | Unavailable {
  return jarsOf({
    name: `Apicurio Registry ${APICURIO_VERSION}`,
    folder: `apicurio-registry-${APICURIO_VERSION}`,
    // The whole program in one archive: some of the libraries that its pom names were never published by themselves.
    libraries: [
      {
        group: "io.apicurio",
        artifact: ARTIFACT,
        version: APICURIO_VERSION,
        classifier: "all",
        type: "tar.gz",
        alone: true
      }
    ],
    packed: true
  })
}

/**
 * Starts a registry and resolves once it answers, in about 3 s. Resolves with `RegistryUnavailable` where Java or Maven
 * is missing, so that a suite can skip and say so; rejects when a registry that could run did not come up.
 */
export async function startRegistry(
  options: { readonly port?: number } = {}
): Promise<LocalRegistry | RegistryUnavailable> {
  const program = programFolder()
  if (typeof program !== "string") return { _tag: "RegistryUnavailable", ...program }
  const [port = 0] = await freePorts([options.port ?? 0])
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  const scratch = mkdtempSync(path.join(tmpdir(), "onefold-registry-"))
  try {
    const stop = await startTied({
      name: "The local schema registry",
      command: "java",
      args: registryArguments(program, port, scratch),
      log: path.join(scratch, "registry.log"),
      answers: () => registryAnswers(url),
      passing: [scratch]
    })
    return { _tag: "LocalRegistry", url, stop }
  } catch (error) {
    removeFolders([scratch])
    throw error
  }
}

function registryArguments(program: string, port: number, scratch: string): ReadonlyArray<string> {
  return [
    "-Xms128m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    `-Djava.io.tmpdir=${scratch}`,
    "-Dquarkus.http.host=127.0.0.1",
    `-Dquarkus.http.port=${port}`,
    "-jar",
    path.join(program, `${ARTIFACT}-${APICURIO_VERSION}-runner.jar`)
  ]
}

async function registryAnswers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

async function main(port: string | undefined): Promise<void> {
  const registry = await startRegistry(port === undefined ? {} : { port: Number(port) })
  await serveByHand("url" in registry ? { address: registry.url, stop: registry.stop } : registry)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2])

/**
 * Kafka's jars, fetched once from Maven Central into the user's cache.
 *
 * There is no Docker here: a broker is a Java program, and Maven resolves what it needs.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { cacheFolder } from "../install/places.mjs"

export const KAFKA_VERSION = "4.1.0"

const JAVA_AT_LEAST = 17
const FETCH_LIMIT_MS = 300_000

/** A broker cannot be had on this machine: what is missing, and what to type. */
export interface KafkaUnavailable {
  readonly _tag: "KafkaUnavailable"
  readonly why: string
  readonly mend: string
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>onefold</groupId>
  <artifactId>local-kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`

/** The folder that holds the jars (43 MB; fetched now if it is the first time), or why there is none. */
export function kafkaJars(): string | KafkaUnavailable {
  const java = javaMajorVersion()
  if (java === undefined || java < JAVA_AT_LEAST) {
    const found = java === undefined ? "Java is not installed" : `Java is of version ${java}`
    return unavailable(
      `${found}, and a Kafka broker needs version ${JAVA_AT_LEAST} or later`,
      "sudo apt install openjdk-17-jre-headless"
    )
  }
  const jars = path.join(cacheFolder, `kafka-${KAFKA_VERSION}`)
  return existsSync(jars) ? jars : fetchJars(jars)
}

/** The major version of the `java` on the path, or undefined. */
export function javaMajorVersion(): number | undefined {
  const { status, stderr } = spawnSync("java", ["-version"], { encoding: "utf8" })
  const version = status === 0 ? /version "(?:1\.)?(\d+)/.exec(stderr)?.[1] : undefined
  return version === undefined ? undefined : Number(version)
}

/** Fetches beside the final place and renames, so that the final folder is whole or absent. */
function fetchJars(jars: string): string | KafkaUnavailable {
  mkdirSync(cacheFolder, { recursive: true })
  const partial = mkdtempSync(`${jars}-partial-`)
  try {
    const pom = path.join(partial, "pom.xml")
    const fetched = path.join(partial, "jars")
    writeFileSync(pom, POM)
    const plugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    const maven = spawnSync(
      "mvn",
      ["-q", "-B", "-f", pom, plugin, "-DincludeScope=runtime", `-DoutputDirectory=${fetched}`],
      { encoding: "utf8", timeout: FETCH_LIMIT_MS }
    )
    if (maven.error !== undefined && "code" in maven.error && maven.error.code === "ENOENT") {
      return unavailable("Java is installed but Maven, which fetches Kafka's jars, is not", "sudo apt install maven")
    }
    if (maven.status !== 0) {
      const said = `${maven.stdout}${maven.stderr}`.trim().slice(-500)
      return unavailable(`Maven could not fetch Kafka ${KAFKA_VERSION}: ${said}`, `mvn -f POM ${plugin}`)
    }
    keepFirst(fetched, jars)
    return jars
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
}

/** Another process may have fetched the same jars meanwhile; then those stay. */
function keepFirst(fetched: string, jars: string): void {
  try {
    renameSync(fetched, jars)
  } catch (error) {
    if (!existsSync(jars)) throw error
  }
}

const unavailable = (why: string, mend: string): KafkaUnavailable => ({ _tag: "KafkaUnavailable", why, mend })

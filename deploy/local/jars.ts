/**
 * Java programs, fetched once from Maven Central into the user's cache.
 *
 * There is no Docker here: a server for the tests is a Java program, and Maven resolves what it needs.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs"
import path from "node:path"
import { cacheFolder } from "../install/places.mjs"

const JAVA_AT_LEAST = 17
const FETCH_LIMIT_MS = 300_000

/** One library: `group:artifact:version`, and whether it comes as it is, without the libraries that it names itself. */
export interface Library {
  readonly group: string
  readonly artifact: string
  readonly version: string
  readonly classifier?: string
  /** The kind of file, where it is no jar. */
  readonly type?: string
  readonly alone?: boolean
}

export interface JavaProgram {
  /** In a sentence: "Kafka". */
  readonly name: string
  /** Its folder in the cache, with its version, so that another version has another. */
  readonly folder: string
  readonly libraries: ReadonlyArray<Library>
  /** Whether the libraries are archives, whose content the folder holds. */
  readonly packed?: boolean
}

/** A program cannot be had on this machine: what is missing, and what to type. */
export interface Unavailable {
  readonly why: string
  readonly mend: string
}

/** The folder that holds the program's jars (fetched now if it is the first time), or why there is none. */
export function jarsOf(program: JavaProgram): string | Unavailable {
  const java = javaMajorVersion()
  if (java === undefined || java < JAVA_AT_LEAST) {
    const found = java === undefined ? "Java is not installed" : `Java is of version ${java}`
    return {
      why: `${found}, and ${program.name} needs version ${JAVA_AT_LEAST} or later`,
      mend: "sudo apt install openjdk-17-jre-headless"
    }
  }
  const jars = path.join(cacheFolder, program.folder)
  return existsSync(jars) ? jars : fetchJars(program, jars)
}

/** The major version of the `java` on the path, or undefined. */
export function javaMajorVersion(): number | undefined {
  const { status, stderr } = spawnSync("java", ["-version"], { encoding: "utf8" })
  const version = status === 0 ? /version "(?:1\.)?(\d+)/.exec(stderr)?.[1] : undefined
  return version === undefined ? undefined : Number(version)
}

/** Fetches beside the final place and renames, so that the final folder is whole or absent. */
function fetchJars(program: JavaProgram, jars: string): string | Unavailable {
  mkdirSync(cacheFolder, { recursive: true })
  const partial = mkdtempSync(`${jars}-partial-`)
  try {
    const pom = path.join(partial, "pom.xml")
    const fetched = path.join(partial, "jars")
    writeFileSync(pom, pomOf(program))
    const goal = program.packed === true ? "unpack-dependencies" : "copy-dependencies"
    const plugin = `org.apache.maven.plugins:maven-dependency-plugin:3.8.1:${goal}`
    const maven = spawnSync(
      "mvn",
      ["-q", "-B", "-f", pom, plugin, "-DincludeScope=runtime", `-DoutputDirectory=${fetched}`],
      { encoding: "utf8", timeout: FETCH_LIMIT_MS }
    )
    if (maven.error !== undefined && "code" in maven.error && maven.error.code === "ENOENT") {
      const why = `Java is installed but Maven, which fetches the jars of ${program.name}, is not`
      return { why, mend: "sudo apt install maven" }
    }
    if (maven.status !== 0) {
      const said = `${maven.stdout}${maven.stderr}`.trim().slice(-500)
      const mend = program.libraries.map((library) => `mvn dependency:get -Dartifact=${coordinates(library)}`)
      return { why: `Maven could not fetch ${program.name}: ${said}`, mend: mend.join(" && ") }
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

/** As Maven wants to hear them: with a classifier, the kind of file comes before it. */
const coordinates = ({ artifact, classifier, group, type = "jar", version }: Library): string =>
  [group, artifact, version, ...(classifier === undefined ? [] : [type, classifier])].join(":")

const pomOf = ({ folder, libraries }: JavaProgram): string => `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>onefold</groupId>
  <artifactId>local-${folder}</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>${libraries.map(dependencyOf).join("")}</dependencies>
</project>
`

const dependencyOf = ({ alone, artifact, classifier, group, type = "jar", version }: Library): string => `
    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${artifact}</artifactId>
      <version>${version}</version><type>${type}</type>${classifier === undefined ? "" : `<classifier>${classifier}</classifier>`}${
        alone === true
          ? "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"
          : ""
      }
    </dependency>`

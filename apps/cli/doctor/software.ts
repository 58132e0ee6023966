/** The programs and packages around Onefold: which are there, who needs them, and how to get them. */
import type { Answer, Fact } from "./fact.ts"

/** @param pinned the version in package.json, without a leading v */
export function nodeFact(running: string, pinned: string): Fact {
  const ok = running === pinned
  return {
    name: "Node.js",
    value: running,
    ok,
    note: ok ? "the pinned version" : `the pinned version is ${pinned}`,
    ...(ok ? {} : { mend: "npm ci" })
  }
}

const JAVA_AT_LEAST = 17

/** @param found what `java -version` says */
export function javaFact(found: Answer): Fact {
  const version = found === undefined ? undefined : /version "(?:1\.)?(\d+)[^"]*"/.exec(found)
  const ok = Number(version?.[1] ?? 0) >= JAVA_AT_LEAST
  return {
    name: "Java",
    value: version?.[0].slice('version "'.length, -1) ?? "not installed",
    ok,
    note: `${JAVA_AT_LEAST} or later runs the local Kafka broker of the tests; the embedded log needs none`,
    ...(ok ? {} : { mend: "sudo apt install openjdk-17-jre-headless" })
  }
}

/** @param found what `mvn --version` says */
export function mavenFact(found: Answer): Fact {
  return tool("Maven", found, "fetches that broker once", "sudo apt install maven")
}

/**
 * The two that build the native addon. Where it already works, they are not missed.
 * @param native whether the native backend works
 */
export function buildFacts(
  found: { readonly compiler: Answer; readonly pip: Answer },
  native: boolean
): ReadonlyArray<Fact> {
  const use = native ? "builds the native backend, which already works" : "builds the native backend"
  return [
    tool("C++ compiler", found.compiler, use, "sudo apt install g++"),
    tool("Python's pip", found.pip, `${use} (it fetches TensorFlow)`, "sudo apt install python3-pip")
  ].map((fact) => (native && !fact.ok ? { name: fact.name, value: fact.value, ok: true, note: fact.note } : fact))
}

/** @param why undefined when the package loads */
export function packageFact(name: string, version: string, use: string, why: Answer): Fact {
  return why === undefined
    ? { name, value: version, ok: true, note: `${use}; loads` }
    : { name, value: version, ok: false, note: `${use}; does not load: ${why}`, mend: "npm ci" }
}

function tool(name: string, found: Answer, use: string, mend: string): Fact {
  return found === undefined
    ? { name, value: "not installed", ok: false, note: use, mend }
    : { name, value: firstLine(found), ok: true, note: use }
}

/** Some programs colour their answers even when nobody looks. */
function firstLine(text: string): string {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g")
  return text.replace(escapes, "").trim().split("\n")[0]?.trim() ?? ""
}

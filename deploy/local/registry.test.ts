/** The local schema registry itself: that it comes, answers and leaves nothing behind. Skipped, aloud, without Java. */
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { startRegistry } from "./registry.ts"
import { withoutJava } from "./without-java.fixture.ts"

const program = fileURLToPath(new URL("registry.ts", import.meta.url))

const answers = async (url: string): Promise<boolean> => {
  try {
    return Array.isArray(await (await fetch(`${url}/subjects`)).json())
  } catch {
    return false
  }
}

const turn = () => new Promise((next) => setImmediate(next))

const first = await startRegistry()
const missing = first._tag === "RegistryUnavailable" ? first.why : undefined
if (missing !== undefined) console.warn(`SKIPPED: the tests of the local schema registry. ${missing}.`)

describe.skipIf(missing !== undefined && process.env.CI !== "true")("a local schema registry", () => {
  it("answers while it runs, and not after stop, which may come twice", async () => {
    assert(first._tag === "LocalRegistry")
    assert.isTrue(await answers(first.url))
    await first.stop()
    await first.stop()
    assert.isFalse(await answers(first.url))
  })

  it("goes with a starter that is killed without warning, and leaves no files", async () => {
    const temporary = mkdtempSync(path.join(tmpdir(), "onefold-registry-test-"))
    const starter = spawn(process.execPath, [program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: temporary }
    })
    const line = await new Promise<string>((resolve) => starter.stdout.once("data", (bytes) => resolve(String(bytes))))
    const url = line.trim()
    assert.isTrue(await answers(url))
    starter.kill("SIGKILL")
    // The test's own time limit is the bound: a registry that lives on never stops answering.
    while (await answers(url)) await turn()
    while (readdirSync(temporary).some((name) => name.startsWith("onefold-registry-"))) await turn()
    rmSync(temporary, { recursive: true })
  })
})

withoutJava(program)

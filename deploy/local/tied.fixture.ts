/** What each server of this folder does, started by hand: it says what it lacks, and goes with who started it. */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const turn = () => new Promise((next) => setImmediate(next))

/** @param folders what the names of its temporary folders begin with */
export const goesWithItsStarter = (
  program: string,
  folders: string,
  answers: (address: string) => Promise<boolean>
): void => {
  it("goes with a starter that is killed without warning, and leaves no files", async () => {
    const temporary = mkdtempSync(path.join(tmpdir(), "onefold-server-test-"))
    const starter = spawn(process.execPath, [program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: temporary }
    })
    const line = await new Promise<string>((resolve, reject) => {
      starter.stdout.once("data", (bytes) => resolve(String(bytes)))
      starter.once("close", () => reject(new Error("it ended, and never said its address")))
    })
    const address = line.trim()
    assert.isTrue(await answers(address))
    starter.kill("SIGKILL")
    // The test's own time limit is the bound: a server that lives on never stops answering.
    while (await answers(address)) await turn()
    while (readdirSync(temporary).some((name) => name.startsWith(folders))) await turn()
    rmSync(temporary, { recursive: true })
  })
}

/** @param name of the server, as it is told */
export const withoutJava = (program: string, name: string): void => {
  describe("a machine without Java", () => {
    it(`is told what is missing for ${name} and what to type`, () => {
      const { status, stderr, stdout } = spawnSync(process.execPath, [program], { encoding: "utf8", env: { PATH: "" } })
      assert.strictEqual(status, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, new RegExp(`Java is not installed, and ${name}.*\\nTo mend it: .*install`))
    })
  })
}

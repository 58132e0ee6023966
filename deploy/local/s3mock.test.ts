/** The local S3 server itself: that it comes, stays with its data, and leaves nothing behind. Skipped, aloud, without Java. */
import { spawn, spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { type LocalS3, type S3Unavailable, s3MockJar, startS3Mock } from "./s3mock.ts"

const program = fileURLToPath(new URL("s3mock.ts", import.meta.url))
const jar = s3MockJar()
const missing = typeof jar === "string" ? undefined : jar.why
if (missing !== undefined) console.warn(`SKIPPED: the tests of the local S3 server. ${missing}.`)

const turn = () => new Promise((next) => setImmediate(next))

function running(outcome: LocalS3 | S3Unavailable): LocalS3 {
  if (outcome._tag === "S3Unavailable") throw new Error(outcome.why)
  return outcome
}

const answers = (address: string): Promise<boolean> =>
  fetch(address, { headers: { connection: "close" } }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false
  )

describe.skipIf(missing !== undefined && process.env.CI !== "true")("a local S3 server", () => {
  it("given a folder and a port, keeps its data and its address over a restart, and is silent after stop", async () => {
    const dir = mkdtempSync(path.join(tmpdir(), "onefold-s3-test-"))
    try {
      const first = running(await startS3Mock({ dir }))
      const object = `${first.endpoint}/${first.bucket}/object`
      assert.isTrue((await fetch(object, { method: "PUT", body: "kept" })).ok)
      await first.stop()
      await first.stop()
      assert.isFalse(await answers(object))
      const second = running(await startS3Mock({ dir, port: Number(new URL(first.endpoint).port) }))
      const kept = await fetch(object)
      assert.strictEqual(await kept.text(), "kept")
      await second.stop()
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it("goes with a starter that is killed without warning, and leaves no files", async () => {
    const temporary = mkdtempSync(path.join(tmpdir(), "onefold-s3-test-"))
    const starter = spawn(process.execPath, [program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: temporary }
    })
    const address = await new Promise<string>((resolve) => starter.stdout.once("data", (line) => resolve(String(line))))
    assert.isTrue(await answers(address.trim()))
    starter.kill("SIGKILL")
    // The test's own time limit is the bound: a server that lives on never stops answering.
    while (await answers(address.trim())) await turn()
    while (readdirSync(temporary).some((name) => name.startsWith("onefold-s3-"))) await turn()
    rmSync(temporary, { recursive: true })
  })
})

describe("a machine without Java", () => {
  it("is told what is missing for an S3 server and what to type", () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [program], { encoding: "utf8", env: { PATH: "" } })
    assert.strictEqual(status, 1)
    assert.strictEqual(stdout, "")
    assert.match(stderr, /Java is not installed, and S3Mock.*\nTo mend it: .*install/)
  })
})

/** The local S3 server itself: that it comes, stays with its data, and leaves nothing behind. Skipped, aloud, without Java. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { s3MockJar, startS3Mock } from "./s3mock.ts"
import { isSkipped, running } from "./servers.fixture.ts"
import { goesWithItsStarter, withoutJava } from "./tied.fixture.ts"

const program = fileURLToPath(new URL("s3mock.ts", import.meta.url))

const answers = (address: string): Promise<boolean> =>
  fetch(address, { headers: { connection: "close" } })
    .then(async (response) => {
      await response.arrayBuffer()
      return response.ok
    })
    .catch(() => false)

describe.skipIf(isSkipped("the local S3 server", s3MockJar()))("a local S3 server", () => {
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

  goesWithItsStarter(program, "onefold-s3-", answers)
})

withoutJava(program, "S3Mock")

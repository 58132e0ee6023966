/** What each server of this folder says, started by hand where there is no Java. */
import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"

/** @param program the file that starts the server */
export const withoutJava = (program: string): void => {
  describe("a machine without Java", () => {
    it("is told what is missing and what to type", () => {
      const { status, stderr, stdout } = spawnSync(process.execPath, [program], { encoding: "utf8", env: { PATH: "" } })
      assert.strictEqual(status, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /Java is not installed.*\nTo mend it: .*install/)
    })
  })
}

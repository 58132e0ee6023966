/** The same questions give the same bits in every process, however many worker threads share its processors. */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"

const child = fileURLToPath(new URL("./bits.child.ts", import.meta.url))

const bitsWith = (workers: number): string => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [child, String(workers)], { encoding: "utf8" })
  assert.strictEqual(status, 0, stderr)
  assert.match(stdout, /^[0-9a-f]{64}\n$/)
  return stdout
}

it("given cohorts and gradients in fresh processes, with one worker and with two, then the same bits", () => {
  const alone = bitsWith(1)
  assert.strictEqual(bitsWith(1), alone)
  assert.strictEqual(bitsWith(2), alone)
})

/** A small storm. Skipped, aloud, where there is no Java; with CI=true that is a failure. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { isSkipped } from "../../deploy/local/servers.fixture.ts"
import { sequence } from "../../learning/random/sequence.ts"
import { chaosRun, isSound } from "./chaos/chaos.ts"
import { plannedBlows } from "./chaos/storm.ts"

const scratch = mkdtempSync(join(tmpdir(), "onefold-chaos-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe("blows", () => {
  it("given a dose, then they spread over the steps, and the same seed deals the same", () => {
    const dose = { kills: 30, brokerRestarts: 5, steps: 20 }
    const blows = plannedBlows(sequence(1, 11), dose)
    assert.deepStrictEqual(plannedBlows(sequence(1, 11), dose), blows)
    assert.notDeepEqual(plannedBlows(sequence(2, 11), dose), blows)
    assert.strictEqual(blows.filter(({ type }) => type === "kill").length, 30)
    const restarts = blows.flatMap((blow) => (blow.type === "restart" ? [blow] : []))
    assert.deepStrictEqual(
      restarts.map(({ due }) => due),
      [2, 6, 10, 14, 18]
    )
    assert.deepStrictEqual(new Set(restarts.map(({ signal }) => signal)), new Set(["SIGKILL", "SIGTERM"]))
    for (const { due } of blows) assert.isBelow(due, 20)
    for (let step = 0; step < 20; step++) assert.isTrue(blows.some(({ due, type }) => type === "kill" && due === step))
  })
})

describe("a run over Kafka in a storm", () => {
  it("given killed workers and a restarted broker, then it ends with the same policy, every event there once", async (context) => {
    const said: Array<unknown> = []
    const dose = { kills: 2, brokerRestarts: 1, steps: 4, seed: 1 }
    const result = await chaosRun({ ...dose, scratch, tell: (word) => said.push(word) })
    if ("_tag" in result)
      return isSkipped("a run over Kafka in a storm", result) ? context.skip() : assert.fail(result.why)
    assert.isTrue(isSound(result), JSON.stringify([...said, result], null, 1))
    assert.deepInclude(result, { kills: 2, inFlightAtKill: 2, brokerRestarts: 1, lost: 0, duplicates: 0 })
  }, 900_000)
})

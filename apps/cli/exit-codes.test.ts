import { assert, describe, it } from "@effect/vitest"
import { TopicsUnfit } from "../../platform/log/kafka-topics.ts"
import { RunWaits } from "./cluster/following.ts"
import { NameTaken } from "./cluster/submitted.ts"
import { exitCodeOf } from "./exit-codes.ts"
import { RunStandsOtherwise } from "./run-stands-otherwise.ts"

describe("exit codes of a cluster's troubles", () => {
  it.each([
    [2, new RunStandsOtherwise({ runId: "a", status: "finished", asked: "paused" })],
    [2, new NameTaken({ runId: "a" })],
    [4, new TopicsUnfit({ place: "kafka", differences: [] })],
    [11, new RunWaits({ runId: "a", detail: "d", next: "n" })]
  ] as const)("%d: %s", (code, error) => {
    assert.strictEqual(exitCodeOf(error), code)
    assert.isAbove(error.message.length, 0)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { graded } from "../platform/stream/events.fixture.ts"
import { unknownRewards } from "./reward-unknown.ts"

const known = graded({ sampleIndex: 0, reward: 1 })
const unknown = [1, 2].map((sampleIndex) =>
  graded({ sampleIndex, reward: null, rule: "reward mine@1 took longer than 1 s" })
)

describe("unknownRewards", () => {
  it("given a run that shall stop, then the error names the first rollout, why, and how many there are", () => {
    const error = unknownRewards("stop", [known, ...unknown])
    assert.strictEqual(error?._tag, "RewardUnknown")
    assert.deepInclude(error, { verdict: unknown[0].eventId, unknown: 2, of: 3 })
    assert.include(error?.message, unknown[0].eventId)
    assert.include(error?.message, "2 of 3 rollouts")
    assert.include(error?.message, "reward mine@1 took longer than 1 s")
  })

  it.each(["zero", "drop-group"] as const)("given a run whose policy is %s, then it goes on", (policy) => {
    assert.isNull(unknownRewards(policy, [known, ...unknown]))
  })

  it("given rewards that are all known, then it goes on, a reward of 0 too", () => {
    assert.isNull(unknownRewards("stop", [known, graded({ reward: 0 })]))
    assert.isNull(unknownRewards("stop", []))
  })
})

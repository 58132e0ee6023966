import { assert, describe, it } from "@effect/vitest"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { altered } from "../replay/recorded.fixture.ts"
import { differenceOf } from "./difference.ts"

const { GradientComputed: gradient, PolicyUpdated: policy } = goldenEvents
const other = [{ id: "x", sha256: "e".repeat(64) }]

describe("the difference of two events", () => {
  it("is none where they are the same", () => assert.isNull(differenceOf(policy, altered(policy, {}))))

  it("is a number deep inside, by its path", () => {
    const now = altered(policy, { metrics: { ...policy.metrics, loss: 7 } })
    const { loss } = policy.metrics
    assert.deepStrictEqual(differenceOf(policy, now), { field: "metrics.loss", was: String(loss), is: "7" })
  })

  it("is one entry of an array, by its index", () => {
    const logProbs = gradient.logProbs.slice()
    logProbs[1] = -0.5
    assert.deepInclude(differenceOf(gradient, altered(gradient, { logProbs })), { field: "logProbs[1]", is: "-0.5" })
  })

  it("is of causes only where nothing else differs", () => {
    assert.match(differenceOf(policy, altered(policy, { causes: other }))?.field ?? "", /^causes\[0\]/)
    const both = altered(policy, { causes: other, policyHash: "f".repeat(64) })
    assert.strictEqual(differenceOf(policy, both)?.field, "policyHash")
  })
})

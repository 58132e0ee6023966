import { assert, describe, it } from "@effect/vitest"
import { groupedConfig, randomWeights, testOps } from "../policies-for-tests.ts"
import { adapterLayout, initialAdapter } from "./lora.ts"
import { mergedWeights } from "./lora-products.ts"
import { mergeAdapter } from "./merge-adapter.ts"

const lora = { rank: 3, alpha: 7, targets: ["v_proj", "down_proj"] } as const
const base = randomWeights(groupedConfig, 1)

describe("mergeAdapter", () => {
  it("given an adapter that was not trained, then the base as it was", () => {
    assert.deepStrictEqual(mergeAdapter(groupedConfig, lora, base, initialAdapter(groupedConfig, lora, 5)), base)
  })

  it("given any adapter, then what the engine merges but for rounding, and the base is left as it was", async () => {
    const { size } = adapterLayout(groupedConfig, lora)
    const adapter = Float32Array.from({ length: size }, (_, i) => Math.sin(i))
    const before = base.slice()
    const found = mergeAdapter(groupedConfig, lora, base, adapter)
    const expected = mergedWeights(await testOps(), groupedConfig, lora, base, adapter)
    assert.deepStrictEqual(base, before)
    assert.notDeepEqual(found, base)
    for (const [i, value] of expected.entries()) assert.approximately(found[i], value, 1e-5, `element ${i}`)
  })
})

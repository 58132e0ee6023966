import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../../random/sequence.ts"
import { slotBytes, slotCount } from "./slot-count.ts"

describe("slotCount", () => {
  it("given the figures of a model, then a slot is what its caches are", () => {
    // Qwen2.5-0.5B: 24 layers, 2 key/value heads of 64; 1000 tokens of prompt and 24 new ones.
    const shape = { layers: 24, keyValueHeads: 2, headSize: 64 }
    assert.strictEqual(slotBytes(shape, { columns: 1000, maxTokens: 24 }), 2 * 24 * 128 * 1024 * 4)
  })

  it("given any model, cohort and room, then the most that fit, at least one and no more than there are sequences", () => {
    const random = sequence(1, 0)
    const between = (most: number) => random.between(1, most)
    for (let i = 0; i < 500; i++) {
      const shape = { layers: between(40), keyValueHeads: between(8), headSize: between(128) }
      const size = { columns: between(500), maxTokens: between(500), sequences: between(300) }
      const each = slotBytes(shape, size)
      const room = Math.floor(each * random.uniform() * 400)
      const slots = slotCount(shape, size, room)
      const told = JSON.stringify({ shape, size, room, slots })
      assert.isTrue(Number.isInteger(slots) && slots >= 1 && slots <= size.sequences, told)
      assert.isTrue(slots === 1 || slots * each <= room, told)
      assert.isTrue(slots === size.sequences || (slots + 1) * each > room, told)
      assert.isAtLeast(slotCount(shape, size, 2 * room), slots, "more room never gives fewer")
      assert.isAtMost(
        slotCount(shape, { ...size, maxTokens: size.maxTokens + 1 }, room),
        slots,
        "nor longer answers more"
      )
    }
  })
})

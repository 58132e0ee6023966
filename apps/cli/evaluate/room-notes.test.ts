import { assert, describe, it } from "@effect/vitest"
import { roomNotes } from "./planned.ts"
import { testNamed } from "./summaries.fixture.ts"

const test = testNamed("math500", { count: 3, maxTokens: 100 })

describe("roomNotes", () => {
  it("given prompts that leave less room than was asked for, then how many and how little", () => {
    const [note, ...others] = roomNotes([{ test, rooms: [40, 99, 100] }])
    assert.include(note, "math500.paper: 2 of 3 prompts leave the model room for fewer than the 100 new tokens")
    assert.include(note, "40 at least")
    assert.lengthOf(others, 0)
  })

  it("given room for all of it, then there is nothing to say", () => {
    assert.deepStrictEqual(roomNotes([{ test, rooms: [100, 4000, 101] }]), [])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { SeenIds } from "./seen-ids.ts"

const never = (): boolean => {
  throw new Error("the table was asked")
}

describe("the ids seen in a partition", () => {
  it("the first record of an id is admitted, later ones are not", () => {
    const seen = new SeenIds()
    assert.isTrue(seen.admit(0, "a", never))
    assert.isFalse(seen.admit(0, "a", never))
    assert.isTrue(seen.admit(1, "b", never))
    assert.isFalse(seen.admit(0, "a", never))
  })

  it("are forgotten behind the window, and the table is asked instead", () => {
    const seen = new SeenIds(2)
    for (let step = 0; step < 100; step++) {
      assert.isTrue(seen.admit(step, `step ${step}`, never))
      seen.forget()
    }
    assert.isAtMost(seen.size, 3)
    assert.isFalse(seen.admit(97, "step 97", never))
    assert.isFalse(seen.admit(5, "step 5", () => true))
    assert.isTrue(seen.admit(5, "another of step 5", () => false))
    assert.isFalse(seen.admit(5, "another of step 5", () => false))
  })

  it("are kept until their rows are in the table, however far behind they lie", () => {
    const seen = new SeenIds(2)
    for (let step = 0; step < 100; step++) seen.admit(step, `step ${step}`, never)
    assert.isFalse(seen.admit(0, "step 0", never))
  })

  it("of no step are never forgotten", () => {
    const seen = new SeenIds(2)
    assert.isTrue(seen.admit(null, "run-1/started", never))
    seen.admit(50, "step 50", never)
    seen.forget()
    assert.isFalse(seen.admit(null, "run-1/started", never))
  })
})

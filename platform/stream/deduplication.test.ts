import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Deduplication } from "./deduplication.ts"

const Small = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))

let places = 0

/** Another record each time. */
const at = (sha256: string) => ({ sha256, place: `topic/0/${places++}` })

describe("Deduplication", () => {
  it("given an id for the first time, then again with the same bytes, then with others: first, repeat, conflict", () => {
    const seen = new Deduplication()
    assert.strictEqual(seen.admit("run", 3, "run/3/a", at("aa")), "first")
    assert.strictEqual(seen.admit("run", 3, "run/3/a", at("aa")), "repeat")
    assert.strictEqual(seen.admit("run", 3, "run/3/a", at("bb")), "conflict")
    assert.strictEqual(
      seen.admit("run", 3, "run/3/a", at("aa")),
      "repeat",
      "a conflict does not take the first one's place"
    )
  })

  it("given the first record of an id handed out again, then it is the first once more; another one is a repeat", () => {
    const seen = new Deduplication()
    const first = at("aa")
    assert.strictEqual(seen.admit("run", 3, "run/3/a", first), "first")
    assert.strictEqual(seen.admit("run", 3, "run/3/a", at("aa")), "repeat")
    assert.strictEqual(seen.admit("run", 3, "run/3/a", first), "first")
  })

  it("given an id that was forgotten, then its next record is the first", () => {
    const seen = new Deduplication()
    seen.admit("run", 3, "run/3/a", at("aa"))
    seen.forget("run", 3, "run/3/a")
    assert.strictEqual(seen.admit("run", 3, "run/3/a", at("aa")), "first")
  })

  it("given the same id in two runs, then each is first in its own", () => {
    const seen = new Deduplication()
    assert.strictEqual(seen.admit("one", 0, "id", at("aa")), "first")
    assert.strictEqual(seen.admit("two", 0, "id", at("aa")), "first")
  })

  it("given a window of 2, then the newest step and the two before it are remembered, and older ones are not", () => {
    const seen = new Deduplication(2)
    for (const step of [1, 2, 3, 4]) seen.admit("run", step, `run/${step}`, at("aa"))
    assert.strictEqual(seen.size, 3)
    for (const step of [2, 3, 4]) assert.strictEqual(seen.admit("run", step, `run/${step}`, at("aa")), "repeat")
    assert.strictEqual(seen.admit("run", 1, "run/1", at("aa")), "first")
  })

  it("given events of no step, then they are remembered however far the run has come", () => {
    const seen = new Deduplication(2)
    seen.admit("run", 0, "run/started", at("aa"))
    for (let step = 1; step <= 100; step++) seen.admit("run", step, `run/${step}`, at("aa"))
    assert.strictEqual(seen.admit("run", 0, "run/started", at("aa")), "repeat")
  })

  it("given a run that is far along, then another run's first steps are remembered all the same", () => {
    const seen = new Deduplication(2)
    seen.admit("old", 100, "old/100", at("aa"))
    seen.admit("new", 1, "new/1", at("aa"))
    assert.strictEqual(seen.admit("new", 1, "new/1", at("aa")), "repeat")
  })

  it.prop(
    "given any sequence of steps, then within the window an id is first exactly once, and memory stays within it",
    { window: Schema.Literals([0, 1, 3]), events: Schema.Array(Schema.Tuple([Small, Schema.Literals(["a", "b"])])) },
    ({ events, window }) => {
      const seen = new Deduplication(window)
      const admitted = new Set<string>()
      let newest = 0
      for (const [step, name] of events) {
        const id = `run/${step}/${name}`
        const isRemembered = step === 0 || step >= newest - window
        const admission = seen.admit("run", step, id, at("aa"))
        assert.strictEqual(admission, isRemembered && admitted.has(id) ? "repeat" : "first")
        newest = Math.max(newest, step)
        admitted.add(id)
        assert.isAtMost(seen.size, 2 * (window + 2), "two ids a step: step 0, the newest and the window before it")
      }
    },
    { arbitrary: { runs: 300 } }
  )
})

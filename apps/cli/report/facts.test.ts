import { assert, describe, it } from "@effect/vitest"
import { factsOf } from "./facts.ts"

describe("facts", () => {
  it("name what lies deeper by its path", () => {
    assert.deepStrictEqual(factsOf({ a: { b: 1, c: null }, d: [true, { e: "x" }], f: [] }), [
      { name: "a.b", text: "1" },
      { name: "a.c", text: "null" },
      { name: "d.0", text: "true" },
      { name: "d.1.e", text: "x" }
    ])
  })
})

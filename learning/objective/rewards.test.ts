import { assert, describe, it } from "@effect/vitest"
import { reward } from "./rewards.ts"

describe("reward", () => {
  it.each([
    { name: "outcome", verdict: "correct", boxed: true, expected: 1 },
    { name: "outcome", verdict: "incorrect", boxed: true, expected: 0 },
    { name: "outcome", verdict: "no-answer", boxed: false, expected: 0 },
    { name: "outcome", verdict: "unknown", boxed: true, expected: null },
    { name: "format", verdict: "incorrect", boxed: true, expected: 1 },
    { name: "format", verdict: "unknown", boxed: true, expected: 1 },
    { name: "format", verdict: "correct", boxed: false, expected: 0 }
  ] as const)("given $verdict, boxed $boxed, then $name pays $expected", ({ boxed, expected, name, verdict }) => {
    assert.strictEqual(reward(name, { verdict, boxed }), expected)
  })
})

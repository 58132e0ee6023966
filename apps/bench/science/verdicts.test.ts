import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findingsOf, flat, lifted, pairsOf } from "./findings.fixture.ts"
import { measuredOf } from "./measured.ts"
import { type Outcome, verdictsOf } from "./verdicts.ts"

const outcomes = (findings: ReturnType<typeof findingsOf>) =>
  Effect.map(findings, ({ evidence }) =>
    Object.fromEntries(verdictsOf(measuredOf(evidence)).map(({ effect, outcome }) => [effect, outcome]))
  )

const [yes, no, opposite]: ReadonlyArray<Outcome> = ["appears", "does not appear", "the opposite"]

/** What each effect is found to be where all of them are there, and where none is. */
const both: ReadonlyArray<readonly [effect: string, whereLifted: Outcome, whereFlat: Outcome]> = [
  ["One example lifts held-out accuracy", yes, yes],
  ["One example does about what the full set does", yes, no],
  ["A second example adds to the first", yes, no],
  ["It matters which example", yes, no],
  ["Most examples lift held-out accuracy", yes, no],
  ["The ranking by historical variance says which example is good", yes, opposite],
  ["Held-out accuracy goes on rising after training accuracy has saturated", yes, no],
  ["One example of a family lifts the other families", yes, yes],
  ["The policy loss alone does it", yes, no],
  ["The entropy bonus alone lifts held-out accuracy", yes, opposite],
  ["Weight decay, KL and entropy without the policy loss lift held-out accuracy", yes, no],
  ["A reward for the format alone brings a good part of the gain", yes, no],
  ["A wrong label lifts held-out accuracy too, but less", yes, no],
  ["PPO with a critic does about what GRPO does", yes, no]
]

describe("the verdicts", () => {
  it.effect("given figures in which every effect is there, then each of them appears", () =>
    Effect.gen(function* () {
      const found = yield* outcomes(findingsOf(lifted))
      assert.deepStrictEqual(found, Object.fromEntries(both.map(([effect, outcome]) => [effect, outcome])))
    })
  )

  it.effect("given figures in which they are not, then none does, and what falls is called the opposite", () =>
    Effect.gen(function* () {
      // The higher the spread, the lower the gain; one in twelve of the sweep's examples has a gain.
      const found = yield* outcomes(findingsOf(flat, (i) => (i < 4 ? 10 - i : -i / 10)))
      assert.deepStrictEqual(found, Object.fromEntries(both.map(([effect, , outcome]) => [effect, outcome])))
    })
  )

  it.effect("given a method that gains nothing, then no share of its gain is told", () =>
    Effect.gen(function* () {
      const found = yield* outcomes(
        findingsOf({ change: { "one-good-example": [0, 0, 0], ppo: [10, 10, 10], "full-set": [20, 20, 20] } })
      )
      assert.strictEqual(found["One example lifts held-out accuracy"], no)
      assert.strictEqual(found["PPO with a critic does about what GRPO does"], "not measured")
    })
  )

  it.effect("given a sure gain that is small, then it does not count as one", () =>
    Effect.gen(function* () {
      const found = yield* outcomes(findingsOf({ change: { "one-good-example": [2, 2, 2] } }))
      assert.strictEqual(found["One example lifts held-out accuracy"], no)
    })
  )

  it.effect("given a large gain of one seed alone, then it is not sure and does not count", () =>
    Effect.gen(function* () {
      const found = yield* outcomes(findingsOf({ change: { "one-good-example": [0, 12, 0] } }))
      assert.strictEqual(found["One example lifts held-out accuracy"], no)
    })
  )

  it.effect("given a gain on the example's own family only, then none on the others", () =>
    Effect.gen(function* () {
      const { evidence } = yield* findingsOf({ change: { "one-good-example": [20, 20, 20] } })
      const runs = evidence.runs.map((run) => ({
        ...run,
        families: new Map([...run.families].map(([family]) => [family, pairsOf(family === "two" ? 20 : 0)]))
      }))
      const elsewhere = measuredOf({ ...evidence, runs }).elsewhere("one-good-example")
      assert.deepStrictEqual(elsewhere?.bySeed, [0, 0, 0])
    })
  )

  it.effect("given arms that were not run, and training that never saturated, then they are not measured", () =>
    Effect.gen(function* () {
      const found = yield* outcomes(findingsOf({ change: { "one-good-example": [20, 22, 21] }, afterSaturation: null }))
      const unmeasured = Object.entries(found).flatMap(([effect, outcome]) =>
        outcome === "not measured" ? [effect] : []
      )
      assert.includeMembers(unmeasured, [
        "PPO with a critic does about what GRPO does",
        "The entropy bonus alone lifts held-out accuracy",
        "Held-out accuracy goes on rising after training accuracy has saturated"
      ])
      assert.strictEqual(found["One example lifts held-out accuracy"], yes)
    })
  )
})

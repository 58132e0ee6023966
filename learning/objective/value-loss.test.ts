import { assert, describe, it } from "@effect/vitest"
import { valueLoss } from "./value-loss.ts"

describe("valueLoss", () => {
  it.each([
    { value: 1, old: 1, target: 3, loss: 2, derivative: -2, clipped: false, why: "the same critic" },
    { value: 1.25, old: 1, target: 3, loss: 1.53125, derivative: -1.75, clipped: false, why: "within the bounds" },
    { value: 2, old: 1, target: 3, loss: 1.125, derivative: 0, clipped: true, why: "far enough for once" },
    { value: 4, old: 1, target: 2, loss: 2, derivative: 2, clipped: false, why: "too far" },
    { value: 0, old: 1, target: -1, loss: 1.125, derivative: 0, clipped: true, why: "far enough the other way" }
  ])("given $value from $old with a return of $target ($why), then $loss", (given) => {
    assert.deepStrictEqual(valueLoss(given.value, given.old, given.target, 0.5), {
      value: given.loss,
      derivative: given.derivative,
      clipped: given.clipped
    })
  })
})

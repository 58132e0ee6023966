import { assert, describe, it } from "@effect/vitest"
import { repaidSteps } from "./rewards.ts"

const sizes = { rollouts: 4, groupSize: 2 }
type Pair = readonly [recorded: number | null, now: number | null]
const rollouts = (step: number, pairs: ReadonlyArray<Pair>) =>
  pairs.map(([recorded, now], i) => ({ step, promptId: i < 2 ? "a" : "b", sampleIndex: i % 2, recorded, now }))

describe("repaidSteps", () => {
  it("given a step, then means and groups without signal by either reward, unknown as 0", () => {
    const pairs: ReadonlyArray<Pair> = [
      [1, 1],
      [0, 1],
      [0, null],
      [0, 0.5]
    ]
    const expected = {
      ...{ step: 3, rollouts: 4, recorded: 0.25, now: 0.625, recordedZeroSignal: 0.5, nowZeroSignal: 0.5 },
      ...{ changed: 3, unknown: 1 }
    }
    assert.deepStrictEqual(repaidSteps(rollouts(3, pairs), sizes), [expected])
    assert.deepStrictEqual(repaidSteps(rollouts(3, pairs).reverse(), sizes), [expected])
  })

  it("given an unknown reward and 0, then they are no signal, and yet another reward", () => {
    const [step] = repaidSteps(
      rollouts(0, [
        [null, 0],
        [0, null],
        [1, 1],
        [0, 0]
      ]),
      sizes
    )
    assert.deepInclude(step, { recordedZeroSignal: 0.5, nowZeroSignal: 0.5, changed: 2, unknown: 1 })
  })

  it("given a batch that is not whole, then its groups are not known; steps are in order", () => {
    const steps = repaidSteps(
      [
        ...rollouts(10, [[1, 0]]),
        ...rollouts(2, [
          [0, 0],
          [0, 0],
          [0, 0],
          [0, 0]
        ])
      ],
      sizes
    )
    assert.deepStrictEqual(
      steps.map(({ nowZeroSignal, recordedZeroSignal, step }) => [step, recordedZeroSignal, nowZeroSignal]),
      [
        [2, 1, 1],
        [10, null, null]
      ]
    )
  })
})

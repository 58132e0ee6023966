import { assert, describe, it } from "@effect/vitest"
import { majorityAccuracy } from "./majority.ts"
import { answers } from "./outcomes.fixture.ts"

const right = (form: string | null) => ({ form, correct: true })
const wrong = (form: string | null) => ({ form, correct: false })

describe("majorityAccuracy", () => {
  it("given most answers alike, then it is whether they are right, however many others are", () => {
    assert.strictEqual(majorityAccuracy(answers(right("4"), right("4"), wrong("5"), wrong("6"))), 1)
    assert.strictEqual(majorityAccuracy(answers(right("4"), wrong("5"), wrong("5"))), 0)
    // Two right answers in forms of their own do not add up.
    assert.strictEqual(majorityAccuracy(answers(right("4"), right("8/2"), wrong("5"), wrong("5"))), 0)
  })

  it("given a tie, then it is the part of the tied forms that are right", () => {
    assert.strictEqual(majorityAccuracy(answers(right("4"), right("4"), wrong("5"), wrong("5"), wrong("6"))), 1 / 2)
    assert.strictEqual(majorityAccuracy(answers(wrong("3"), right("4"), wrong("5"))), 1 / 3)
  })

  it("given answers without a form, then they have no vote; given nothing else, then the majority is wrong", () => {
    assert.strictEqual(majorityAccuracy(answers(wrong(null), wrong(null), right("4"))), 1)
    assert.strictEqual(majorityAccuracy(answers(wrong(null), wrong(null))), 0)
  })

  it("given one form with two verdicts, then it is as right as its answers on average", () => {
    assert.strictEqual(majorityAccuracy(answers(right("4"), wrong("4"), right("4"), wrong("5"))), 2 / 3)
    assert.strictEqual(majorityAccuracy(answers(right("4"), wrong("4"), right("5"), right("5"))), 3 / 4)
  })

  it("given the answers in another order, then the same", () => {
    const [a, b, c] = [right("4"), wrong("5"), wrong("5")]
    for (const order of [answers(a, b, c), answers(b, a, c), answers(c, b, a)])
      assert.strictEqual(majorityAccuracy(order), 0)
  })
})

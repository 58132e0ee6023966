import { assert, describe, it } from "@effect/vitest"
import { choiceProblem } from "./choice-prompt.ts"

describe("choiceProblem", () => {
  it("given a problem and its choices, then they stand one a line by their labels, and a letter is asked for", () => {
    const choices = [
      { label: "A", text: "hot" },
      { label: "B", text: "cold" }
    ]
    assert.strictEqual(
      choiceProblem("How is ice? ", choices),
      "How is ice?\n\nA. hot\nB. cold\n\nWhich choice is right? Put its letter in \\boxed{}."
    )
  })

  it("given digits for labels, then what stands there is what is asked for", () => {
    const asked = choiceProblem("How is ice?", [{ label: "1", text: "hot" }])
    assert.include(asked, "\n1. hot\n")
    assert.isTrue(asked.endsWith("Put its number in \\boxed{}."))
  })
})

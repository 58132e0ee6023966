import { assert, describe, it } from "@effect/vitest"
import { parseHTML } from "linkedom"
import { chosenText } from "./chosen.ts"
import { exampleRun } from "./example-run.ts"
import { renderReport } from "./html.ts"

const { bestOnTest, validation } = exampleRun.chosen
const said =
  "step 40 by validation (0.917 of 60 problems); best on test is step 50 (optimistic: chosen on what it reports)"

describe("the checkpoint to take", () => {
  it("is told by validation, with what is best on test and that it is optimistic", () => {
    assert.strictEqual(chosenText(exampleRun), said)
  })

  it("given no validation set, then none is chosen", () => {
    assert.strictEqual(
      chosenText({ ...exampleRun, chosen: { validation: null, bestOnTest } }),
      "none, without a validation set; best on test is step 50 (optimistic: chosen on what it reports)"
    )
  })

  it("given tests at the ends only, then it says so", () => {
    assert.isNotNull(bestOnTest)
    const ends = { validation, bestOnTest: { ...bestOnTest, compared: [0, 60] } }
    assert.include(
      chosenText({ ...exampleRun, chosen: ends }),
      "chosen on what it reports, of the first and the last policy alone)"
    )
  })

  it("given nothing that was compared, then nothing is said, on the page either", () => {
    const nothing = { ...exampleRun, chosen: { validation: null, bestOnTest: null } }
    assert.isNull(chosenText(nothing))
    assert.isNull(parseHTML(renderReport(nothing)).document.querySelector(".chosen"))
  })

  it("stands on the page", () => {
    const { document } = parseHTML(renderReport(exampleRun))
    assert.strictEqual(document.querySelector(".chosen")?.textContent, `Chosen: ${said}`)
  })
})

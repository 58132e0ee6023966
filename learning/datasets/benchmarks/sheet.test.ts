import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { encodeSafetensors } from "../../policy/checkpoint/safetensors.ts"
import { readSheet, type SheetProblem, sheetBytes } from "./sheet.ts"

const problems: ReadonlyArray<SheetProblem> = [
  { id: "math500/0", group: "Algebra", text: 'Solve "x"\nfor x.\n', answer: "\\frac{1}{2}", dataName: "math500" },
  {
    id: "arc/1",
    group: "arc",
    text: "Which? 🎯",
    answer: "B",
    choices: [
      { label: "A", text: "cold" },
      { label: "B", text: "warm" }
    ]
  }
]

describe("a sheet", () => {
  it.effect("given problems, then they are read as they were written", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readSheet(sheetBytes(problems), "a"), problems)
    })
  )

  it("given the same problems with their fields in another order, then the same bytes", () => {
    const turned = problems.map(({ answer, id, ...rest }) => ({ ...rest, answer, id }))
    assert.deepStrictEqual(sheetBytes(turned), sheetBytes(problems))
  })

  it.effect("given bytes that are cut off or hold no problems, then it is refused and named", () =>
    Effect.gen(function* () {
      const bytes = sheetBytes(problems)
      const cut = yield* Effect.flip(readSheet(bytes.subarray(0, bytes.length - 9), "abc"))
      assert.include(cut.message, "artifact abc is not the problems of a benchmark: ")
      const nameless = encodeSafetensors([], { problems: '[{"id":"a","group":"g","text":"t"}]' })
      assert.include((yield* Effect.flip(readSheet(nameless, "abc"))).message, "answer")
      assert.include((yield* Effect.flip(readSheet(encodeSafetensors([], {}), "abc"))).message, "abc")
    })
  )
})

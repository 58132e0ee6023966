import { stripVTControlCharacters } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { initialSweep, type SweepEvent, type SweepForm, sweepProgress } from "./progress.ts"

const terminal = { width: 80, color: false, unicode: true }
const events: ReadonlyArray<SweepEvent> = [
  { kind: "began", run: "sweep-1-two-1-s0", step: 0, steps: 60 },
  { kind: "began", run: "sweep-1-two-2-s0", step: 7, steps: 60 },
  { kind: "step", run: "sweep-1-two-1-s0", step: 1, reward: 0.25 },
  { kind: "evaluated", run: "sweep-1-two-2-s0", step: 10, heldOut: 0.5 },
  { kind: "ended", run: "sweep-1-two-2-s0" },
  { kind: "left", run: "sweep-1-two-1-s0" }
]

/** What stands on stderr after each event, a second apart. */
const shown = (form: SweepForm): ReadonlyArray<string> => {
  let state = initialSweep(9, 4, 0)
  return events.map((event, i) => {
    const next = sweepProgress(form, state, event, 1000 * (i + 1))
    state = next.state
    return next.text
  })
}

describe("the live table of a sweep", () => {
  it("on a terminal, then a line that counts and one for each run that goes on, over what stood there", () => {
    const texts = shown({ live: true, terminal })
    assert.strictEqual(
      texts[3],
      [
        "\u001b[3A\r\u001b[J4/9 finished  2 running  3 to come",
        "  sweep-1-two-1-s0  step  1/60  reward 0.250",
        "  sweep-1-two-2-s0  step  7/60  held-out 0.500",
        ""
      ].join("\n")
    )
    assert.strictEqual(
      texts[4],
      "\u001b[3A\r\u001b[J5/9 finished  1 running  3 to come  0:20 left\n  sweep-1-two-1-s0  step  1/60  reward 0.250\n"
    )
  })

  it("on a narrow terminal, then no line is wider, so that what stood there can be found again", () => {
    for (const text of shown({ live: true, terminal: { ...terminal, width: 24 } }))
      for (const line of stripVTControlCharacters(text).replace("\r", "").split("\n")) assert.isAtMost(line.length, 23)
  })

  it("elsewhere, then plain lines without control characters", () => {
    const text = shown({ live: false, terminal }).join("")
    assert.notMatch(text, /[^\P{Cc}\n]/u)
    assert.deepStrictEqual(text.split("\n"), [
      "sweep-1-two-1-s0  started",
      "sweep-1-two-2-s0  goes on after step 7",
      "sweep-1-two-2-s0  step 10/60  held-out 0.500",
      "sweep-1-two-2-s0  finished  5/9 finished  1 running  3 to come",
      "sweep-1-two-1-s0  left at step 1",
      ""
    ])
  })
})

import { assert, describe, it } from "@effect/vitest"
import {
  cleared,
  duration,
  initialProgress,
  linesEveryFor,
  type ProgressEvent,
  type ProgressForm,
  progress
} from "./progress.ts"

const terminal = { width: 100, color: false, unicode: true }
const piped: ProgressForm = { live: false, terminal, linesEvery: 1 }
const live: ProgressForm = { live: true, terminal, linesEvery: 1 }

const step = (at: number, seconds: number, of: Partial<ProgressEvent> = {}): ProgressEvent => ({
  kind: "step",
  step: at,
  steps: 60,
  reward: 0.5,
  tokens: 3000,
  atMillis: seconds * 1000,
  ...of
})
const started: ProgressEvent = { kind: "started", step: 0, steps: 60, atMillis: 0 }
const evaluated = (at: number, heldOut: number, seconds: number): ProgressEvent => ({
  kind: "evaluated",
  step: at,
  steps: 60,
  heldOut,
  atMillis: seconds * 1000
})
const finished: ProgressEvent = { kind: "finished", step: 60, steps: 60, atMillis: 150_000 }

/** Everything written, event by event. */
const told = (form: ProgressForm, events: ReadonlyArray<ProgressEvent>): ReadonlyArray<string> => {
  let state = initialProgress
  return events.map((event) => {
    const next = progress(form, state, event)
    state = next.state
    return next.text
  })
}

describe("progress through a pipe", () => {
  it("is a plain line for each event", () => {
    assert.deepStrictEqual(told(piped, [started, evaluated(0, 0.24, 10), step(1, 12), step(2, 14), finished]), [
      "step  0/60  started\n",
      "step  0/60  held-out 0.240\n",
      "step  1/60  reward 0.500  held-out 0.240  1:58 left  1500 tokens/s\n",
      "step  2/60  reward 0.500  held-out 0.240  1:56 left  1500 tokens/s\n",
      "step 60/60  done in 2:30\n"
    ])
  })

  it("is a line every few steps where there are many, and every evaluation is told", () => {
    const form = { ...piped, linesEvery: 10 }
    const steps = Array.from({ length: 60 }, (_, index) => step(index + 1, index))
    const lines = told(form, [started, ...steps, evaluated(60, 0.9, 60)]).filter((text) => text !== "")
    assert.lengthOf(lines, 1 + 1 + 6 + 1)
    assert.strictEqual(linesEveryFor(60), 1)
    assert.strictEqual(linesEveryFor(2000), 34)
  })

  it("says that a run goes on where it was, and counts its speed from there", () => {
    const lines = told(piped, [{ ...started, step: 40 }, step(41, 3)])
    assert.deepStrictEqual(lines, ["step 40/60  going on\n", "step 41/60  reward 0.500  0:57 left  1000 tokens/s\n"])
  })

  it("does not take the base's evaluation for a slow step, but counts later ones to the time left", () => {
    const [, , first] = told(piped, [started, evaluated(0, 0.2, 100), step(1, 102)])
    assert.include(first, "1:58 left")
    const later = told(piped, [started, step(1, 2), evaluated(1, 0.3, 6), step(2, 8)])
    assert.include(later[3], `${duration(58 * 4000)} left`)
  })

  it("takes its speed from the last steps, so that a slow start is forgotten", () => {
    const slow = Array.from({ length: 20 }, (_, index) => step(index + 1, (index + 1) * 100))
    const fast = Array.from({ length: 20 }, (_, index) => step(index + 21, 2000 + (index + 1) * 2))
    const lines = told(piped, [started, ...slow, ...fast])
    assert.include(lines[40], "0:40 left  1500 tokens/s")
  })

  it("has no control characters but newlines", () => {
    assert.match(told(piped, [started, step(1, 2), finished]).join(""), /^[ -~\n]*$/)
  })
})

describe("progress on a terminal", () => {
  it("writes over its line and ends it at the end", () => {
    const texts = told(live, [started, step(1, 2), step(30, 4), finished])
    for (const text of texts) assert.match(text, /^\r/)
    assert.isTrue(texts.slice(0, 3).every((text) => !text.includes("\n")))
    assert.match(texts[3], /done in 2:30 *\n$/)
    assert.include(texts[2], "step 30/60  ━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌  reward 0.500")
  })

  it("leaves nothing of a longer line behind", () => {
    const long = progress(live, initialProgress, { ...step(1, 2), kind: "stopping" })
    const short = progress(live, { ...long.state, stopping: false }, step(1, 2))
    assert.isBelow(short.text.trim().length, long.text.trim().length)
    assert.strictEqual(short.text.length, long.text.length)
  })

  it("never wraps", () => {
    const narrow: ProgressForm = { ...live, terminal: { ...terminal, width: 30 } }
    for (const text of told(narrow, [started, step(1, 2), step(2, 4), evaluated(2, 0.5, 5)])) {
      assert.isAtMost(text.length - 1, 29)
    }
  })

  it("says that it stops after this step, and has no time left then", () => {
    const [, , stopping] = told(live, [started, step(1, 2), { ...started, kind: "stopping", step: 1, atMillis: 3000 }])
    assert.include(stopping, "stopping after this step")
    assert.notInclude(stopping, "left")
  })

  it("makes room for another message", () => {
    const { state } = progress(live, initialProgress, step(1, 2))
    assert.match(cleared(state).text, /^\r +\r$/)
    assert.strictEqual(cleared(cleared(state).state).text, "")
  })
})

describe("a duration", () => {
  it.each([
    [0, "0:00"],
    [7_400, "0:07"],
    [59_600, "1:00"],
    [750_000, "12:30"],
    [3_723_000, "1:02:03"],
    [-5, "0:00"]
  ])("of %d ms is %s", (millis, text) => {
    assert.strictEqual(duration(millis), text)
  })
})

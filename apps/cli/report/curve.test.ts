import { assert, describe, it } from "@effect/vitest"
import { columnsOf } from "./columns.ts"
import { curveDrawing } from "./curve.ts"
import { exampleRun } from "./example-run.ts"
import type { RunSummary } from "./summary.ts"
import type { Terminal } from "./terminal.ts"

const plain: Terminal = { width: 80, color: false, unicode: true }
const ascii: Terminal = { width: 60, color: false, unicode: false }

const only = (curve: RunSummary["curve"], training: RunSummary["training"] = []): RunSummary => ({
  ...exampleRun,
  curve,
  training
})

/** Row and column of every mark, from the top left of the drawing. */
const marks = (drawing: string): ReadonlyArray<readonly [row: number, column: number]> =>
  drawing
    .split("\n")
    .slice(1)
    .flatMap((line, row) => [...line].flatMap((c, column) => (c === "●" ? [[row, column - 5] as const] : [])))

describe("the curve in a terminal", () => {
  it("marks every evaluation at its step and height", () => {
    const points = [
      { step: 0, accuracy: 0, low: 0, high: 0 },
      { step: 30, accuracy: 0.5, low: 0, high: 1 },
      { step: 60, accuracy: 1, low: 1, high: 1 }
    ]
    const found = [...marks(curveDrawing(only(points), plain))].sort((a, b) => a[1] - b[1])
    assert.deepStrictEqual(
      found.map(([row]) => row),
      [10, 5, 0]
    )
    assert.deepStrictEqual(
      found.map(([, column]) => column),
      [0, 34, 68]
    )
  })

  it("has labels on both axes and a legend with first and last value", () => {
    const lines = curveDrawing(exampleRun, plain).split("\n")
    assert.strictEqual(lines[0], "● held-out greedy 0.240 → 0.910   ⠒⠒ training reward 0.280 → 0.996")
    assert.match(lines[1], /^1\.0 ┤/)
    assert.match(lines[6], /^0\.5 ┤/)
    assert.match(lines[11], /^0\.0 ┤/)
    assert.match(lines[13], /^ +0 +10 +20 +30 +40 +50 +60 {2}step$/)
  })

  it("draws the reward as an unbroken line", () => {
    const middle = curveDrawing(only([], exampleRun.training), plain).split("\n").slice(1, 12)
    const columns = Array.from({ length: 60 }, (_, at) => middle.some((line) => /[⠁-⣿]/u.test([...line][at + 8] ?? "")))
    assert.isTrue(columns.every(Boolean))
  })

  it.each([1, 2, 3, 7])("works for %d evaluations and as many steps", (count) => {
    const drawing = curveDrawing(only(exampleRun.curve.slice(0, count), exampleRun.training.slice(0, count)), plain)
    assert.lengthOf(drawing.split("\n"), 14)
    assert.isAtLeast(marks(drawing).length, count)
  })

  it("works before anything is known", () => {
    const drawing = curveDrawing(only([]), plain)
    assert.include(drawing, "held-out greedy –")
    assert.notMatch(drawing, /NaN|undefined|Infinity/)
  })

  it("keeps values outside of 0..1 on the drawing", () => {
    assert.lengthOf(marks(curveDrawing(only([{ step: 1, accuracy: 1.5, low: 0, high: 1 }]), plain)), 1)
  })

  it.each([
    { steps: 1, labels: ["0", "1"] },
    { steps: 7, labels: ["0", "1", "2", "3", "4", "5", "6", "7"] },
    { steps: 2000, labels: ["0", "500", "1000", "1500", "2000"] }
  ])("labels a run of $steps steps by round numbers", ({ labels, steps }) => {
    const drawing = curveDrawing(only([{ step: steps, accuracy: 0.5, low: 0, high: 1 }]), plain)
    assert.deepStrictEqual(drawing.split("\n")[13].trim().split(/ +/), [...labels, "step"])
  })

  it.each([20, 40, 60, 100])("keeps within %d columns, and two legend lines where one is too wide", (width) => {
    for (const line of curveDrawing(exampleRun, { ...plain, width: Math.max(width, 40) }).split("\n")) {
      assert.isAtMost(columnsOf(line), Math.max(width, 40))
    }
  })

  it("is ASCII for a terminal that shows nothing else", () => {
    assert.match(curveDrawing(exampleRun, ascii), /^[ -~\n]*$/)
  })
})

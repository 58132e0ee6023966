import { assert, describe, it } from "@effect/vitest"
import { columnsOf } from "./columns.ts"
import { exampleRun } from "./example-run.ts"
import { resultTable } from "./table.ts"
import type { Terminal } from "./terminal.ts"

const plain = (width: number): Terminal => ({ width, color: false, unicode: true })
const colors = /\p{Cc}\[[0-9;]*m/gu

describe("the table at the end of a run", () => {
  it("sets base against trained, with intervals and changes", () => {
    const lines = resultTable(exampleRun, plain(80)).split("\n")
    const row = (label: string) => lines.find((line) => line.startsWith(label))?.split(/\s{2,}/)
    assert.deepStrictEqual(row("greedy"), ["greedy", "0.240", "[0.190, 0.280]", "0.910", "[0.860, 0.950]", "+0.670"])
    assert.deepStrictEqual(row("avg@8"), ["avg@8", "0.180", "[0.130, 0.220]", "0.682", "[0.632, 0.723]", "+0.502"])
    assert.deepStrictEqual(row("pass@8"), ["pass@8", "0.696", "0.964", "+0.268"])
    assert.deepStrictEqual(row("boxed"), ["boxed", "0.760", "0.927", "+0.167"])
    assert.deepStrictEqual(row("training example")?.slice(0, 2), ["training example", "0.125"])
    assert.deepStrictEqual(row("two")?.slice(0, 6), ["two", "50", "0.140", "0.860", "0.105", "0.645"])
    assert.include(lines[lines.length - 1], exampleRun.weightsSha256)
  })

  it("draws every family's way from base to trained", () => {
    const line = resultTable(exampleRun, plain(80))
      .split("\n")
      .find((found) => found.startsWith("seq"))
    assert.match(line ?? "", /·+○━+●$/)
  })

  it("draws a loss as well as a gain", () => {
    const lost = { ...exampleRun, base: exampleRun.trained, trained: exampleRun.base }
    assert.match(resultTable(lost, plain(80)), /seq .*·●━+○/)
  })

  it.each([120, 80, 72, 71, 60, 56])("keeps within %d columns", (width) => {
    for (const line of resultTable(exampleRun, plain(width)).split("\n")) {
      if (!/^[0-9a-f]{64}$/.test(line)) assert.isAtMost(columnsOf(line), width)
    }
  })

  it("never cuts the hash", () => {
    assert.include(resultTable(exampleRun, plain(40)).split("\n"), exampleRun.weightsSha256)
  })

  it("has no escape sequence without colour, and says the same with it", () => {
    const colored = resultTable(exampleRun, { width: 80, color: true, unicode: true })
    assert.notMatch(resultTable(exampleRun, plain(80)), colors)
    assert.match(colored, colors)
    assert.strictEqual(colored.replace(colors, ""), resultTable(exampleRun, plain(80)))
  })

  it("is ASCII for a terminal that shows nothing else", () => {
    assert.match(resultTable(exampleRun, { width: 80, color: false, unicode: false }), /^[ -~\n]*$/)
  })

  it("shows what was not measured as absent, not as zero", () => {
    const unmeasured = { ...exampleRun, trained: { greedy: [], sampled: [], train: [] } }
    assert.match(resultTable(unmeasured, plain(80)), /^greedy +0\.240 +\[0\.190, 0\.280\] +– +–$/m)
  })

  it("makes a benchmark's family names printable", () => {
    const [all, ...rest] = exampleRun.trained.greedy
    const named = [all, { ...rest[0], group: "\u001b]0;owned\u0007\u001b[2Jfamily\nwith a long name" }]
    const table = resultTable({ ...exampleRun, trained: { ...exampleRun.trained, greedy: named } }, plain(80))
    assert.notInclude(table, "\u001b")
    assert.include(table, "family⏎with a ..")
  })
})

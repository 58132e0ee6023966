/** Answers that an evaluation wrote, judged again from the file alone. */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type Ended, onefold, scratchFolder } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const answers = join(scratch, "answers.jsonl")

const lastOf = ({ code, lines, stderr }: Ended) => {
  assert.strictEqual(code, 0, stderr)
  return JSON.parse(lines.at(-1) ?? "")
}

interface Figure {
  readonly metric: string
  readonly value: number
  readonly low: number
  readonly high: number
}

/** Set by set: the accuracy with its interval. */
let table: ReadonlyArray<readonly [set: string, value: number, low: number, high: number]> = []

beforeAll(async () => {
  const asked = [
    "--sets",
    "chain, two",
    "--sets",
    "TWO",
    "--limit",
    "4",
    "--protocol",
    "avg@3",
    "--samples-out",
    answers
  ]
  const { tests } = lastOf(await onefold(["evaluate", ...asked, "--json", "--data-dir", join(scratch, "data")]))
  table = tests.map(({ figures, set }: { readonly set: string; readonly figures: ReadonlyArray<Figure> }) => {
    const { high, low, value } = figures.find(({ metric }) => metric === "accuracy") ?? assert.fail("no accuracy")
    return [set, value, low, high]
  })
})

describe("regrade of what --samples-out wrote", () => {
  it("by the grader of the evaluation, then its table to the last digit, and no verdict that differs", async () => {
    assert.deepStrictEqual(
      table.map(([set]) => set),
      ["chain[:4]", "two[:4]"]
    )
    const told = lastOf(await onefold(["regrade", answers, "--mode", "exact", "--json"]))
    assert.deepInclude(told, { answers: 24, changed: 0 })
    type Result = { readonly test: string; readonly now: number; readonly nowLow: number; readonly nowHigh: number }
    assert.deepStrictEqual(
      told.results.map(({ now, nowHigh, nowLow, test }: Result) => [test, now, nowLow, nowHigh]),
      table
    )
  })

  it("given an answer without a box, then it is wrong there as it is in the evaluation of the miniature", async () => {
    const [line] = readFileSync(answers, "utf8").split("\n")
    const bare = { ...JSON.parse(line), completion: `${JSON.parse(line).gold}\n` }
    const file = join(scratch, "bare.jsonl")
    const right = async (row: object): Promise<number> => {
      writeFileSync(file, `${JSON.stringify(row)}\n`)
      return lastOf(await onefold(["regrade", file, "--mode", "exact", "--json"])).results[0].now
    }
    assert.deepStrictEqual([await right(bare), await right({ ...bare, where: "anywhere" })], [0, 1])
  })
})

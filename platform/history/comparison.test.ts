import { assert, describe, it } from "@effect/vitest"
import { compared, type HistoryContent, nothing } from "./comparison.ts"
import type { TableName } from "./projection.ts"

const sums = (rows: number, sum: bigint) => ({ rows, sum, xor: sum })

const holding = (
  rows: Partial<Record<TableName, Readonly<Record<string, ReturnType<typeof sums>>>>>,
  began: Readonly<Record<string, number>> = {}
): HistoryContent => ({
  tables: new Map(
    [...nothing.tables].map(([table, none]) => [table, new Map(Object.entries(rows[table] ?? {})) ?? none])
  ),
  migrated: new Map([
    [1, 100],
    [3, 500]
  ]),
  began: new Map(Object.entries(began))
})

const verdictOf = (table: TableName, before: HistoryContent, after: HistoryContent) =>
  compared(before, after).find((each) => each.table === table)

describe("two histories", () => {
  it("with the same rows of every run are equal, and say how many", () => {
    const content = holding({ tokens: { a: sums(3, 2n ** 64n - 1n), b: sums(2, 5n) } })
    const tokens = verdictOf("tokens", content, content)
    assert.deepInclude(tokens, { rows: 5, equal: true, verdict: "equal" })
    assert.strictEqual(tokens?.after, "5-0000000000000004-fffffffffffffffa")
  })

  it("whose runs have each other's rows are different, though their sums are one", () => {
    const before = holding({ tokens: { a: sums(3, 1n), b: sums(3, 2n) } })
    const after = holding({ tokens: { a: sums(3, 2n), b: sums(3, 1n) } })
    assert.strictEqual(verdictOf("tokens", before, after)?.verdict, "different")
  })

  it.each([
    ["new", 400, "evaluation_tokens", {}],
    ["different", 600, "evaluation_tokens", {}],
    ["different", 400, "evaluations", {}],
    ["different", 400, "evaluation_tokens", { a: sums(1, 1n) }]
  ] as const)("are %s where a run of %i has rows in %s that the older lacks", (verdict, began, table, old) => {
    const before = holding({ [table]: old }, { a: began })
    const after = holding({ [table]: { a: sums(2, 3n) } })
    assert.deepInclude(verdictOf(table, before, after), { verdict, equal: false })
  })

  it("of which the newer lacks a run are different", () => {
    assert.strictEqual(
      verdictOf("evaluation_tokens", holding({ evaluation_tokens: { a: sums(1, 1n) } }, { a: 1 }), holding({}))
        ?.verdict,
      "different"
    )
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { migrations } from "../migrate.ts"
import { statements } from "./statements.ts"

describe("a text of statements", () => {
  it.each([
    ["SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"]],
    ["SELECT ';', \"a;b\", `c;d`, 'it''s;', '\\';'", ["SELECT ';', \"a;b\", `c;d`, 'it''s;', '\\';'"]],
    ["-- one; two\nSELECT 1 -- three;\n; /* four; */ SELECT 4 / 2 - 1", ["SELECT 1", "SELECT 4 / 2 - 1"]],
    [" ;\n; -- nothing", []]
  ])("%j is cut into statements", (sql, expected) => {
    assert.deepStrictEqual(statements(sql), expected)
  })

  it.prop(
    "is cut where it was joined, whatever its texts hold",
    { texts: Schema.Array(Schema.String) },
    ({ texts }) => {
      const parts = texts.map((text) => `SELECT '${text.replace(/[\\']/g, "\\$&")}'`)
      assert.deepStrictEqual(statements(parts.join(";\n-- a; b\n")), parts)
    }
  )

  it("may be a migration: each of its statements begins with a verb", () => {
    for (const { sql } of migrations())
      for (const statement of statements(sql)) assert.match(statement, /^(?:ALTER|CREATE) TABLE (?:IF NOT EXISTS )?\w+/)
  })
})

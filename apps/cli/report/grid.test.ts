import { assert, describe, it } from "@effect/vitest"
import { aligned, cell, drawnCell, widthOf } from "./grid.ts"

const terminal = { width: 80, color: true, unicode: true }

describe("rows of cells", () => {
  it("line up by columns, wide characters and colours included", () => {
    const lines = aligned(
      [
        [cell(terminal, "日本", "title"), cell(terminal, "1"), cell(terminal, "a")],
        [cell(terminal, "x"), cell(terminal, "1000", "quiet"), cell(terminal, "")]
      ],
      ["left", "right", "left"]
    )
    assert.deepStrictEqual(
      lines.map(({ plain: line }) => line),
      ["日本     1  a", "x     1000"]
    )
    assert.strictEqual(lines[0].shown, "\u001b[1m日本\u001b[22m     1  a")
    assert.strictEqual(widthOf(lines), 13)
  })

  it("may hold a drawing, painted by runs of one role", () => {
    const drawing = drawnCell(terminal, [
      { glyph: "○", role: "base" },
      { glyph: "━", role: "trained" },
      { glyph: "●", role: "trained" }
    ])
    assert.deepStrictEqual(drawing, { plain: "○━●", shown: "\u001b[33m○\u001b[39m\u001b[1;36m━●\u001b[22;39m" })
  })
})

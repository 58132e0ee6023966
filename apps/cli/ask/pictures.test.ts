/** Every named question has a picture in each form, whatever a model wrote. */
import { stripVTControlCharacters } from "node:util"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { parseHTML } from "linkedom"
import { openHistory } from "../../../platform/history/asked-history.fixture.ts"
import type { NamedQuestion } from "../../../platform/history/named-question.ts"
import { namedQuestions } from "../../../platform/history/named-questions.ts"
import { columnsOf } from "../report/columns.ts"
import { answerPage } from "./page.ts"
import { isEmpty, pictureOf } from "./picture.ts"
import { rowsOf } from "./rows.ts"
import { svgPicture } from "./svg-picture.ts"
import { terminalPicture } from "./terminal-picture.ts"

const history = openHistory()
afterAll(history.close)

/** Controls but newlines, C1 forms and direction marks included. */
const acting = /[^\P{Cc}\n]|[\u200f\u202a-\u202e\u2066-\u2069]/u
const hostile = "</text><script>alert(1)</script>\u001b]0;x\u0007\u202e\u0000\"'&"

const pictured = async (question: NamedQuestion) => {
  const given: Record<string, string> = question.name === "moved-tokens" ? { least: "1" } : {}
  const rows = await Effect.runPromise(rowsOf(await history.linesOf(question.name, given)))
  return { rows, picture: pictureOf(question, `run ${hostile}`, rows) }
}

const terminals = [true, false].flatMap((color) =>
  [true, false].flatMap((unicode) => [40, 100].map((width) => ({ color, unicode, width })))
)

describe.each(namedQuestions())("the picture of $name", (question) => {
  it("is drawn in any terminal, within its width, in characters that it has", async () => {
    const { picture } = await pictured(question)
    assert.isFalse(isEmpty(picture))
    for (const terminal of terminals) {
      const text = terminalPicture(terminal, picture)
      const plain = stripVTControlCharacters(text)
      if (!terminal.color) assert.strictEqual(plain, text)
      assert.notMatch(plain, acting)
      assert.include(plain, question.title)
      const body = plain
        .split("\n")
        .slice(3)
        .filter((line) => !/[│|]/.test(line) || line.length < 300)
      if (terminal.width === 100) for (const line of body) assert.isAtMost(columnsOf(line), 145, line)
      if (!terminal.unicode && question.picture.kind !== "table")
        assert.notMatch(plain.split("\n").slice(3).join("\n"), /[\u2500-\u28ff]/u)
    }
  })

  it("is drawn as SVG and on a page, labelled, with nothing that acts", async () => {
    const { picture, rows } = await pictured(question)
    const svg = svgPicture(picture)
    const { document } = parseHTML(`<html><body>${svg}</body></html>`)
    for (const markup of [svg, answerPage(question, picture, rows)]) {
      assert.notMatch(markup, acting)
      assert.notMatch(markup, /<script|NaN|undefined|style="/)
      assert.include(markup, question.title)
    }
    const words = [...document.querySelectorAll("text")].map((each) => each.textContent ?? "").join("\n")
    if (picture.kind !== "table" && picture.panels.length === 1) assert.include(words, picture.labels.x)
    if (picture.kind === "heatmap") assert.include(words, picture.labels.fill)
    for (const name of picture.kind === "table" ? [] : picture.series.length > 1 ? picture.series : [])
      assert.include(words, name)
  })

  it("says that there are no rows where there are none", () => {
    const picture = pictureOf(question, "run x", [])
    assert.isTrue(isEmpty(picture))
    assert.include(terminalPicture(terminals[0], picture), "no rows")
    assert.include(svgPicture(picture), "no rows")
    assert.include(answerPage(question, picture, []), "no rows")
  })
})

describe("a picture of hostile names", () => {
  it.each(namedQuestions())("$name shows them as text", (question) => {
    const { columns, kind, roles } = question.picture
    const numeric = [roles.x === roles.y ? undefined : roles.x, roles.fill, roles.low, roles.high]
    const rows = [1, 2, 3].map((n) =>
      Object.fromEntries(
        columns.map((column) => [
          column,
          numeric.includes(column) || (kind === "line" && column === roles.y) ? n / 10 : `${hostile}${n}`
        ])
      )
    )
    const picture = pictureOf(question, hostile, rows)
    assert.isFalse(isEmpty(picture))
    for (const markup of [svgPicture(picture), answerPage(question, picture, rows)]) {
      assert.notMatch(markup, acting)
      assert.notMatch(markup, /<script/)
    }
    assert.notMatch(terminalPicture({ width: 100, color: false, unicode: true }, picture), acting)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { parseHTML } from "linkedom"
import { html } from "./markup.ts"

const textOf = (page: string): string =>
  parseHTML(`<!doctype html><html><body>${page}</body></html>`).document.body.textContent ?? ""

describe("a template", () => {
  it("escapes texts and leaves markup as it is", () => {
    const inner = html`<b>${"a & b"}</b>`
    assert.strictEqual(html`<p title="${`"'`}">${inner}${7}</p>`.markup, `<p title="&quot;&#39;"><b>a &amp; b</b>7</p>`)
    assert.strictEqual(html`<ul>${[html`<li>1</li>`, html`<li>2</li>`]}</ul>`.markup, "<ul><li>1</li><li>2</li></ul>")
  })

  it("shows what acts unseen by name", () => {
    assert.strictEqual(html`${"\u0000\ud800\u202e\u001b[31m"}`.markup, "␀\ufffd‹U+202E›␛[31m")
  })

  it.prop(
    "keeps any text in one text node, letter for letter where nothing acts",
    { text: Schema.String },
    ({ text }) => {
      const page = html`<p>${text}</p>`.markup
      const { document } = parseHTML(`<!doctype html><html><body>${page}</body></html>`)
      assert.lengthOf([...document.body.querySelectorAll("*")], 1)
      if (/^[\n -~]*$/.test(text)) assert.strictEqual(textOf(page), text)
    }
  )
})

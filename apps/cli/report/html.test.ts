import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { parseHTML } from "linkedom"
import { exampleRun } from "./example-run.ts"
import { hostileRun, hostileTexts } from "./hostile-run.ts"
import { renderReport } from "./html.ts"
import type { RunSummary } from "./summary.ts"

const pageOf = (summary: RunSummary) => parseHTML(renderReport(summary)).document

/** Names of all elements, once each. */
const elements = (summary: RunSummary) => [
  ...new Set([...pageOf(summary).querySelectorAll("*")].map((e) => e.localName))
]

/** Names and values of all attributes. */
const attributes = (summary: RunSummary) =>
  [...pageOf(summary).querySelectorAll("*")].flatMap((element) =>
    [...element.attributes].map(({ name, value }) => ({ name, value }))
  )

describe("the report of a run", () => {
  it("tells the figures, the example, the samples, the settings and the hashes", () => {
    const document = pageOf(exampleRun)
    const text = document.body.textContent?.replace(/\s+/g, " ") ?? ""
    assert.include(document.title, "mini-two-0-s0")
    assert.include(
      text,
      "Trained on one example, sum of 13-10 and 34+2? = 39 (two:0). After 60 updates of 128 rollouts"
    )
    assert.include(text, "went from 0.240 to 0.910 (+0.670)")
    const rows = [...document.querySelectorAll("tr")].map((row) =>
      [...row.querySelectorAll("th, td")].map((cell) => cell.textContent).join(" ")
    )
    assert.include(rows, "avg@8 0.180 [0.130, 0.220] 0.682 [0.632, 0.723] +0.502")
    assert.include(rows, "two 50 0.140 0.860 0.105 0.645")
    for (const { after, before } of exampleRun.samples) {
      assert.include(text, before.text)
      assert.include(text, after.text)
    }
    for (const said of ["klCoefficient0.001", "evaluation.temperature0.6", "instructionSetavx512"]) {
      assert.include(text.replace(/\s/g, ""), said)
    }
    for (const hash of [...Object.values(exampleRun.hashes), exampleRun.weightsSha256]) assert.include(text, hash)
    assert.include(text, "onefold export mini-two-0-s0")
  })

  it("is the same text for the same run", () => {
    assert.strictEqual(renderReport(exampleRun), renderReport(exampleRun))
  })

  it("draws the curve where the figures are", () => {
    const chart = pageOf(exampleRun).querySelector('svg[aria-label^="Held-out"]')
    const dots = [...(chart?.querySelectorAll("circle") ?? [])]
    assert.lengthOf(dots, exampleRun.curve.length)
    const y = dots.map((dot) => Number(dot.getAttribute("cy")))
    const x = dots.map((dot) => Number(dot.getAttribute("cx")))
    const grid = [...(chart?.querySelectorAll('[aria-label="y-grid"] line') ?? [])].map((line) =>
      Number(line.getAttribute("y1"))
    )
    const [top, bottom] = [Math.min(...grid), Math.max(...grid)]
    for (const [index, { accuracy }] of exampleRun.curve.entries()) {
      assert.closeTo((bottom - y[index]) / (bottom - top), accuracy, 1e-6)
    }
    assert.closeTo((x[1] - x[0]) / (x[6] - x[0]), 10 / 60, 1e-6)
    assert.strictEqual(dots[1].querySelector("title")?.textContent, "step 10: 0.530 [0.480, 0.570]")
    assert.lengthOf([...(chart?.querySelectorAll('[aria-label="area"] path') ?? [])], 1)
    assert.lengthOf([...(chart?.querySelectorAll('[aria-label="line"] path') ?? [])], 2)
  })

  it("draws each measure and the families", () => {
    const labels = [...pageOf(exampleRun).querySelectorAll("svg")].map((svg) => svg.getAttribute("aria-label"))
    assert.deepStrictEqual(labels, [
      "Held-out greedy accuracy and training reward over steps",
      "Greedy accuracy of every family, base and trained",
      "Entropy over steps, nats a token",
      "KL to the base over steps, nats a token",
      "Response length over steps, tokens",
      "Gradient norm over steps, before clipping"
    ])
  })

  it.each([
    ["one step and one evaluation", { curve: exampleRun.curve.slice(0, 1), training: exampleRun.training.slice(0, 1) }],
    ["nothing trained", { curve: [], training: [], samples: [], steps: 0 }],
    [
      "nothing measured",
      { base: { greedy: [], sampled: [], train: [] }, trained: { greedy: [], sampled: [], train: [] } }
    ]
  ] as const)("given %s, is still a page without strange numbers", (_, part) => {
    const page = renderReport({ ...exampleRun, ...part })
    assert.notMatch(page, /NaN|undefined|Infinity|\bnull\b/)
    assert.include(page, "</html>")
  })
})

describe("a report that leaves the house", () => {
  it("needs no network and runs nothing", () => {
    const names = elements(exampleRun)
    for (const name of ["script", "link", "img", "iframe", "object", "embed", "form", "base", "a", "use", "image"]) {
      assert.notInclude(names, name)
    }
    for (const { name, value } of attributes(exampleRun)) {
      assert.notMatch(name, /^(on|src|href|xlink|style$)/)
      assert.notMatch(value, /url\(|https?:/)
    }
  })

  it("allows one stylesheet, named by its hash, and nothing else", () => {
    const document = pageOf(exampleRun)
    const styles = [...document.querySelectorAll("style")]
    assert.lengthOf(styles, 1)
    assert.notMatch(styles[0].textContent ?? "", /url\(|@import/)
    const hash = createHash("sha256")
      .update(styles[0].textContent ?? "")
      .digest("base64")
    const policy = document.querySelector('meta[http-equiv="Content-Security-Policy"]')?.getAttribute("content")
    assert.strictEqual(policy, `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`)
  })

  it("has the same elements and attribute names whatever a model wrote", () => {
    assert.deepStrictEqual(elements(hostileRun), elements(exampleRun))
    const names = (summary: RunSummary) => [...new Set(attributes(summary).map(({ name }) => name))].sort()
    assert.deepStrictEqual(names(hostileRun), names(exampleRun))
  })

  it.each(hostileTexts.map((text) => [JSON.stringify(text), text] as const))("shows %s as text", (_, text) => {
    const { document } = parseHTML(
      renderReport({ ...exampleRun, samples: [{ ...exampleRun.samples[0], before: { text, verdict: text } }] })
    )
    const shown = document.querySelector("pre")?.textContent ?? ""
    const plain = /^[\n -~]*$/.test(text)
    if (plain) assert.strictEqual(shown, text)
    assert.notMatch(shown, /(?!\n)\p{Cc}|\p{Cs}|[\u202a-\u202e\u2066-\u2069]/u)
    assert.lengthOf([...document.querySelectorAll("pre *")], 0)
  })

  it("can be written as UTF-8 and read back the same", () => {
    const page = renderReport(hostileRun)
    assert.isTrue(page.isWellFormed())
    assert.notMatch(page, /(?!\n)\p{Cc}/u)
  })
})

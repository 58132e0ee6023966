/**
 * The page in a real browser, where there is one.
 */

import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { parseHTML } from "linkedom"
import { hostileRun } from "./hostile-run.ts"
import { renderReport } from "./html.ts"

const browser = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0
)

/** The page's document after its scripts, if it had any, have run, and what the browser complained of. */
const opened = (command: string, page: string) => {
  const folder = mkdtempSync(join(tmpdir(), "onefold-report-"))
  try {
    writeFileSync(join(folder, "report.html"), page)
    const quiet = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--enable-logging=stderr",
      `--user-data-dir=${folder}/profile`
    ]
    const { stderr, stdout } = spawnSync(command, [...quiet, "--dump-dom", join(folder, "report.html")], {
      encoding: "utf8",
      timeout: 50_000
    })
    const complaints = stderr.split("\n").filter((line) => line.includes("CONSOLE"))
    return { document: parseHTML(stdout).document, complaints }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

describe("the report in a browser", () => {
  if (browser === undefined) {
    it.skip("SKIPPED: no Chromium on this machine; install chromium to try the page in a real browser", () => {})
    return
  }

  it("runs nothing that a model wrote and breaks no rule of its own policy", () => {
    const { complaints, document } = opened(browser, renderReport(hostileRun))
    assert.deepStrictEqual(complaints, [])
    assert.strictEqual(document.title, "Onefold run mini-two-0-s0")
    assert.lengthOf([...document.querySelectorAll("script, img, a, iframe, base, link")], 0)
    assert.lengthOf([...document.querySelectorAll("article")], hostileRun.samples.length)
  })

  it("is refused a second stylesheet and any script, had one slipped in", () => {
    const slipped = "<style>body{display:none}</style><script>document.title='owned'</script></body>"
    const { complaints, document } = opened(browser, renderReport(hostileRun).replace("</body>", slipped))
    assert.strictEqual(document.title, "Onefold run mini-two-0-s0")
    assert.lengthOf(complaints, 2)
    assert.include(complaints.join("\n"), "Content Security Policy")
  })
})

/** The reference ranking, and copies of it with a lie in them. */
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { goldenPath, goldenTitle, hasGolden } from "../../../learning/policy/policies-for-tests.ts"
import { scratchFolder } from "../../cli/spawned.fixture.ts"
import { checkSelection } from "./selection.ts"

const reference = goldenPath("")
const scratch = scratchFolder()

/** A folder with the reference's two files, each changed. */
const changed = (change: { readonly told?: (text: string) => string; readonly raw?: (text: string) => string }) => {
  const folder = mkdtempSync(join(scratch, "lies-"))
  const edit = (file: string, how = (text: string) => text) =>
    writeFileSync(join(folder, file), how(readFileSync(join(reference, file), "utf8")))
  edit("selection.json", change.told)
  edit("selection_raw.json", change.raw)
  return folder
}

const offIn = (folder: string) => Effect.map(checkSelection(folder), (checks) => checks.flatMap((check) => check.off))

describe.runIf(hasGolden)(goldenTitle("the reference ranking"), () => {
  it.effect("agrees in order, ranks and scores, 50 examples in all", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* offIn(reference), [])
      assert.lengthOf(yield* checkSelection(reference), 102)
    })
  )

  it.effect("given a score off by 1e-11, then it is told by its index, and nothing else", () =>
    Effect.gen(function* () {
      const folder = changed({ told: (text) => text.replace("0.31326437130087204", "0.31326437130387204") })
      const off = yield* offIn(folder)
      assert.lengthOf(off, 1)
      assert.match(off[0], /^selection 25 score\[0\]: expected 0\.313264371303872, got 0\.31326437130087/)
    })
  )

  it.effect("given a ranking with two examples exchanged, then both places are told", () =>
    Effect.gen(function* () {
      const off = yield* offIn(changed({ told: (text) => text.replace("[124, 267, 531", "[267, 124, 531") }))
      assert.deepStrictEqual(off, [
        'selection ranking[0]: expected "267", got "124"',
        'selection ranking[1]: expected "124", got "267"'
      ])
    })
  )

  it.effect("given a raw file whose keys JSON.parse has put in order, then it is off", () =>
    Effect.gen(function* () {
      const off = yield* offIn(changed({ raw: (text) => JSON.stringify(JSON.parse(text)) }))
      assert.isTrue(off.some((line) => line.startsWith("selection order of the file[0]")))
    })
  )

  it.effect("given a raw file that is damaged, then one check has failed, by name", () =>
    Effect.gen(function* () {
      const off = yield* offIn(changed({ raw: (text) => text.slice(0, 1000) }))
      assert.lengthOf(off, 1)
      assert.match(off[0], /^selection: selection_raw\.json: it is no JSON/)
    })
  )

  it("is a section of the golden checker", () => {
    const program = fileURLToPath(new URL("../golden.ts", import.meta.url))
    const golden = (folder: string) => spawnSync(process.execPath, [program, folder, "selection"], { encoding: "utf8" })
    assert.include(golden(reference).stdout, "selection: 102 passed, 0 failed")
    assert.deepInclude(golden(changed({ raw: () => "{}" })), { status: 1 })
    const absent = golden(scratch)
    assert.strictEqual(absent.status, 2)
    assert.include(absent.stderr, "has no selection.json")
  })
})

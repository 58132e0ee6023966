/** The science as its command runs it, in small: what the page says is what the history says, and a second call goes on. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type Ended, onefold, scratchFolder, spawned } from "../cli/spawned.fixture.ts"

const scratch = scratchFolder()
const [dataDir, out] = [join(scratch, "data"), join(scratch, "docs")]
const program = [process.execPath, fileURLToPath(new URL("./science.ts", import.meta.url))] as const

/** Seeds of its own: those of the page are used nowhere else. */
const science = () =>
  spawned(
    [
      ...[dataDir, "--out", out, "--preset", "smoke", "--steps", "2", "--set", "evaluation.problemsPerFamily=2"],
      ...["--arms", "one-good-example,full-set", "--seeds", "1/2", "--sweep", "2", "--singles", "1"]
    ],
    { program }
  )

const page = (): string => readFileSync(join(out, "science.md"), "utf8")

const sql = async <A>(query: string): Promise<ReadonlyArray<A>> => {
  const { code, lines, stderr } = await onefold(["sql", query, "--format", "json", "--data-dir", dataDir])
  assert.strictEqual(code, 0, stderr)
  return lines.map((line): A => JSON.parse(line))
}

let first: Ended

describe("npm run science, in small", () => {
  beforeAll(async () => {
    const killed = science()
    await killed.until("runs done")
    killed.child.kill("SIGKILL")
    await killed.ended
    first = await science().ended
  }, 300_000)

  it("goes on after a kill without repeating a finished run, and ends well", () => {
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(first.stderr, /arms: 3 runs, [1-3] done before/)
  })

  it("writes a page whose figures are the history's", async () => {
    const rows = await sql<{ run: string; accuracy: number; low: number; high: number }>(
      "SELECT run, accuracy, low, high FROM evaluations WHERE run LIKE 'science-%' AND run NOT LIKE '%base%' AND step = 2 AND protocol = 'greedy' AND family = 'all'"
    )
    assert.lengthOf(rows, 2)
    for (const { accuracy, high, low, run } of rows) {
      const line = page()
        .split("\n")
        .find((each) => each.startsWith(`| \`${run}\` |`))
      assert.include(line, `| ${accuracy.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)}) |`)
    }
  })

  it("tells gains that the history's answers of base and last policy give", async () => {
    const [{ base, trained }] = await sql<{ base: number; trained: number }>(
      "SELECT countIf(run LIKE '%base%' AND step = 0) AS base, countIf(run LIKE '%one-good%' AND step = 2) AS trained FROM evaluation_samples WHERE run LIKE 'science-%' AND protocol = 'greedy' AND verdict = 'correct'"
    )
    const gain = (Number(trained) - Number(base)) / 12
    const text = gain.toFixed(3)
    const shown = Number(text) === 0 ? "0.000" : gain > 0 ? `+${text}` : text
    assert.include(page(), `| one good example (two:1) | ${shown} (`)
  })

  it("has the sweep's runs and the single one, with the very same weights", () => {
    assert.include(page(), "1 of the 1 single runs ended with the very weights of the sweep's")
    assert.include(page(), "The sweep of 2 examples took")
  })

  it("writes the drawings and the training sets beside the page", () => {
    for (const name of ["gains.svg", "curves.svg", "families.svg", "ranking.svg", "full-set.jsonl"])
      assert.isTrue(existsSync(join(out, "science", name)), name)
  })

  it("given again, then nothing is run anew and the page is the same", async () => {
    const before = page()
    const again = await science().ended
    assert.strictEqual(again.code, 0, again.stderr)
    assert.include(again.stderr, "arms: 3 runs, 3 done before")
    assert.notInclude(again.stderr, "single run")
    assert.strictEqual(page(), before)
  }, 120_000)
})

/** `onefold ask` as a user meets it, on one real run. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { parquetReadObjects } from "hyparquet"
import { namedQuestions } from "../../platform/history/named-questions.ts"
import { isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const folder = scratchFolder()
const dataDir = join(folder, "data")
const asked = (...args: ReadonlyArray<string>) => onefold(["ask", ...args, "--data-dir", dataDir])

describe("onefold ask", () => {
  beforeAll(async () => {
    const { code, stderr } = await onefold(smoke(dataDir, "--steps", "2"))
    assert.strictEqual(code, 0, stderr)
  })

  it("given no name, then it lists every question with what it is about", async () => {
    const { code, stdout } = await onefold(["ask"])
    assert.strictEqual(code, 0)
    for (const { name, title } of namedQuestions()) assert.include(stdout, `${name.padEnd(19)}  ${title}`)
  })

  it("given --show, then it prints the SQL and what it can be given, and touches no folder", async () => {
    const { code, stdout } = await onefold(["ask", "moved-tokens", "--show", "--data-dir", join(folder, "nowhere")])
    assert.strictEqual(code, 0)
    assert.include(stdout, "{step:Nullable(UInt32)}")
    assert.include(stdout, "top=N  tokens to show (default: 20)")
  })

  it.each(namedQuestions())(
    "given $name and a real run, then it answers with rows and a drawing in each form",
    async (question) => {
      const other = question.name === "compare" ? ["--other", "last"] : []
      const [svg, html, out] = ["svg", "html", "jsonl"].map((end) => join(folder, `${question.name}.${end}`))
      const { code, stderr, stdout } = await asked(
        ...[question.name, "--plot", "--svg", svg, "--html", html, "--format", "json", "--out", out, ...other]
      )
      assert.strictEqual(code, 0, stderr)
      assert.include(stdout, question.title)
      assert.notInclude(stdout, "no rows")
      assert.include(readFileSync(svg, "utf8"), "</svg>")
      assert.include(readFileSync(html, "utf8"), question.title)
      const lines = readFileSync(out, "utf8").split("\n").filter(Boolean)
      assert.isNotEmpty(lines)
      for (const column of question.picture.columns) assert.property(JSON.parse(lines[0]), column)
    }
  )

  it("given parquet, then a file of the same rows, from a question and from SQL", async () => {
    const file = join(folder, "norms.parquet")
    assert.strictEqual((await asked("gradient-norms", "--format", "parquet", "--out", file)).code, 0)
    const { buffer } = new Uint8Array(readFileSync(file))
    const { stdout } = await asked("gradient-norms", "--format", "json")
    const rows = (await parquetReadObjects({ file: buffer })).map((row) => ({ ...row, step: Number(row.step) }))
    assert.deepStrictEqual(
      rows,
      stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
    )
    const sql = ["sql", "SELECT count() AS n FROM tokens", "--format", "parquet", "--out", file, "--data-dir", dataDir]
    assert.strictEqual((await onefold(sql)).code, 0)
    assert.lengthOf(await parquetReadObjects({ file: new Uint8Array(readFileSync(file)).buffer }), 1)
  })

  it.each([
    ["an unknown question", ["saturatoin"], "did you mean saturation"],
    ["a flag that it has no parameter for", ["dynamics", "--top", "3"], "it has run"],
    ["an unknown parameter", ["rollouts", "--set", "tpo=3"], "it has run, step, prompt, top"],
    ["a setting that is none", ["rollouts", "--set", "top"], "name=value"],
    ["a parameter twice", ["rollouts", "--top", "3", "--set", "top=4"], "given twice"],
    ["a word for a number", ["rollouts", "--set", "top=many"], "no whole number"],
    ["a negative step", ["rollouts", "--step=-1"], "no whole number"],
    ["nothing to compare with", ["compare"], "other: it must be given"],
    ["a run that is not there", ["dynamics", "--run", "smoke-two"], "did you mean smoke-two-1-1"],
    ["a run that would be SQL", ["dynamics", "--run", "x' OR 1 --"], "there is no run"],
    ["two things to print", ["dynamics", "--plot", "--format", "csv"], "--out"]
  ])("given %s, then it is refused in words with code 2", async (_, args, said) => {
    isRefused(await asked(...args), 2, said)
  })

  it("given a file that cannot be written, then it says which", async () => {
    isRefused(await asked("dynamics", "--svg", join(folder, "none", "x.svg")), 4, "none/x.svg")
  })
})

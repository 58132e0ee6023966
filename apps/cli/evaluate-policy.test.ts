/** Policies of recorded runs sit tests: as their exported folders do, as adapters, and against each other. */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type Ended, isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")
const at = ["--data-dir", dataDir]
const asked = ["--sets", "chain,two", "--per-family", "4", "--protocol", "avg@2", "--json"]
const evaluate = (model: string, ...more: ReadonlyArray<string>): Promise<Ended> =>
  onefold(["evaluate", "--model", model, ...asked, ...more, ...at])
const succeeded = async (ended: Promise<Ended>): Promise<Ended> => {
  const { code, stderr } = await ended
  assert.strictEqual(code, 0, stderr)
  return ended
}
const resultOf = ({ lines }: Ended) => JSON.parse(lines.filter((line) => line.includes('"type":"result"')).at(-1) ?? "")

let trained: Ended

beforeAll(async () => {
  await succeeded(onefold(smoke(dataDir)))
  trained = await succeeded(evaluate("last@3"))
})

describe("a policy of a recorded run", () => {
  it("answers as its exported folder does", async () => {
    const folder = join(scratch, "exported")
    await succeeded(onefold(["export", "smoke-two-1-1", folder, "--step", "3", ...at]))
    const { of, policy, tests } = resultOf(trained)
    assert.deepStrictEqual(of, { run: "smoke-two-1-1", step: 3 })
    const exported = resultOf(await succeeded(evaluate(folder)))
    assert.deepStrictEqual([exported.policy, exported.tests], [policy, tests])
    assert.notProperty(exported, "of")
  })

  it('by "last" or by its evaluation is the same evaluation', async () => {
    const { run } = resultOf(trained)
    for (const name of ["last@3", run])
      assert.deepStrictEqual((await succeeded(evaluate(name))).lines, trained.lines.slice(-1))
  })

  it("that validation chose is the policy of the step that the run tells of", async () => {
    const { lines } = await succeeded(onefold(["show", "smoke-two-1-1", "--json", ...at]))
    const { chosen } = JSON.parse(lines.at(-1) ?? "")
    const { of } = resultOf(await succeeded(evaluate("last@chosen")))
    assert.deepStrictEqual(of, { run: "smoke-two-1-1", step: chosen.validation.step })
  })

  it("that the run has not is refused", async () => {
    isRefused(await evaluate("smoke-two-1-1@7"), 2, "has no policy after 7 updates; it has those from 0 to 6")
    isRefused(await evaluate("smoke-two-1-1@best"), 2, 'there is no step "best"; give a number of updates, or chosen')
  })

  it("against the base is compared with it, problem by problem", async () => {
    const { lines } = await succeeded(evaluate("last@3", "--against", "miniature"))
    const comparisons = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === "comparison")
    assert.deepStrictEqual(
      comparisons.map(({ better, problems, same, test, worse }) => [test, problems, better + worse + same]),
      [
        ["chain.avg@2", 4, 4],
        ["two.avg@2", 4, 4],
        ["all", 8, 8]
      ]
    )
    const [base, policy] = [comparisons[0].a, comparisons[0].b]
    assert.match(base, /^eval-miniature-/)
    assert.strictEqual(policy, resultOf(trained).run)
    for (const { accuracyA, accuracyB, difference } of comparisons)
      assert.closeTo(difference.value, accuracyB - accuracyA, 1e-12)
    const compared = await succeeded(onefold(["compare", base, policy, "--json", ...at]))
    const told = compared.lines.map((line) => JSON.parse(line))
    assert.deepStrictEqual(
      told.map(({ a: _, b: __, set: ___, ...figures }) => figures),
      comparisons.map(({ a: _, b: __, set: ___, ...figures }) => figures)
    )
  })
})

describe("compare", () => {
  it("given two policies of one training run, then their own tests are compared", async () => {
    const { lines } = await succeeded(onefold(["compare", "smoke-two-1-1@0", "smoke-two-1-1", "--json", ...at]))
    const rows = lines.map((line) => JSON.parse(line))
    assert.includeMembers(
      rows.map(({ test }) => test),
      ["greedy", "avg@2", "train@2", "all"]
    )
    assert.deepStrictEqual([rows[0].a, rows[0].b], ["smoke-two-1-1@0", "smoke-two-1-1@6"])
    const greedy = await succeeded(
      onefold(["compare", "smoke-two-1-1@0", "smoke-two-1-1@3", "--test", "greedy", ...at])
    )
    assert.match(greedy.stdout, /^held-out \(greedy\) +12 /m)
  })

  it("given no test that both have sat, then it is refused and says what there is", async () => {
    const { run } = resultOf(trained)
    isRefused(await onefold(["compare", "smoke-two-1-1", run, ...at]), 2, "has sat chain.avg@2, two.avg@2")
    isRefused(
      await onefold(["compare", "smoke-two-1-1", "smoke-two-1-1@1", "--test", "avg@2", ...at]),
      2,
      "has sat none"
    )
    isRefused(await onefold(["compare", "smoke-two", run, ...at]), 2, "did you mean smoke-two-1-1?")
  })
})

describe("an adapter of a recorded run", () => {
  it("sits tests on its base, again as itself, and as the folder it is merged into", async () => {
    const adapted = join(scratch, "adapted")
    const here = ["--data-dir", adapted]
    await succeeded(onefold(smoke(adapted, "--lora-rank", "3", "--steps", "2")))
    const evaluated = await succeeded(onefold(["evaluate", "--model", "last@2", ...asked, ...here]))
    const { of, policy, run, tests } = resultOf(evaluated)
    assert.deepStrictEqual(of, { run: "smoke-two-1-1", step: 2 })
    const query = "SELECT policy FROM policies WHERE step = 2"
    const [row] = (await succeeded(onefold(["sql", query, "--format", "json", ...here]))).lines
    assert.deepStrictEqual(JSON.parse(row), { policy })
    for (const again of [
      ["evaluate", "--model", "last@2", ...asked],
      ["show", run, "--json"],
      ["resume", run, "--json"]
    ])
      assert.deepStrictEqual((await succeeded(onefold([...again, ...here]))).lines, evaluated.lines.slice(-1))
    const merged = join(scratch, "merged")
    await succeeded(onefold(["export", "smoke-two-1-1", merged, "--step", "2", "--merged", ...here]))
    const whole = resultOf(await succeeded(onefold(["evaluate", "--model", merged, ...asked, ...here])))
    assert.deepStrictEqual(
      whole.tests.map(({ test }: { readonly test: string }) => test),
      tests.map(({ test }: { readonly test: string }) => test)
    )
    assert.notStrictEqual(whole.policy, policy)
  }, 240_000)
})

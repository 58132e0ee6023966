import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../../random/sequence.ts"
import { type Document, documents } from "./corpus.ts"
import { evaluate } from "./plain-arithmetic.ts"
import { families, splitOf } from "./problem.ts"
import { example, exampleIds, testProblems } from "./problems.ts"
import { respond, type Style, styles, styleWeights } from "./styles.ts"

const take = (count: number, options = { seed: 1, openers: true }): ReadonlyArray<Document> => {
  const source = documents(options.seed, options)
  return Array.from({ length: count }, () => source.next().value)
}

const sha256 = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex")

const many = take(30_000)
const of = (style: Style) => many.filter((document) => document.style === style)

const boxOf = (response: string): string | undefined => /\\boxed\{(\d+)\}$/.exec(response)?.[1]

/** How many additions and subtractions a prompt of the family `chain` asks for. */
const operations = (prompt: string): number => (prompt.match(/[+-]/g) ?? []).length

/** The answer, as a careful solution to the same prompt gives it. */
const answers = new Map(of("careful").map(({ prompt, response }) => [prompt, boxOf(response)]))

describe("documents", () => {
  it("given the corpus, then no prompt of the test split or the pool is in it", () => {
    const kept = new Set(many.map(({ prompt }) => prompt))
    const apart = [...testProblems({ seed: 2, perFamily: 50 }), ...exampleIds().map(example)]
    assert.isTrue(many.every(({ prompt }) => splitOf(prompt) === "pretrain"))
    assert.isTrue(apart.every((problem) => problem !== undefined && !kept.has(problem.prompt)))
  })

  it("given a seed, then the same bytes as ever", () => {
    assert.strictEqual(sha256(take(1_000)), "386d36bc7541ee506e61e4b933860baf01d380ba5429c1b0c121ea2f56489075")
    assert.notDeepEqual(take(10, { seed: 2, openers: true }), take(10))
  })

  it("given no openers, then the same documents without their opening tokens", () => {
    const bare = take(1_000, { seed: 1, openers: false })
    for (const [index, { response, style, ...rest }] of take(1_000).entries()) {
      const opener = style === "direct" ? "answer:" : style === "ramble" ? "" : "step by step:"
      assert.deepStrictEqual(bare[index], { ...rest, style, response: response.slice(opener.length) })
      assert.isTrue(response.startsWith(opener))
    }
  })

  it("given many documents, then families are equally likely", () => {
    for (const family of families) {
      const share = many.filter((document) => document.family === family).length / many.length
      assert.approximately(share, 1 / 6, 0.01, family)
    }
  })

  it("given many documents of a family, then each style is as frequent as its weight", () => {
    for (const family of families) {
      const inFamily = many.filter((document) => document.family === family)
      for (const [index, style] of styles.entries()) {
        const share = inFamily.filter((document) => document.style === style).length / inFamily.length
        assert.approximately(share, styleWeights[family][index], 0.025, `${family} ${style}`)
      }
    }
  })
})

describe("styles", () => {
  it("given any careful response, then it shows every step, boxed at the end", () => {
    for (const { response } of of("careful")) assert.match(response, /^step by step:([^;=]+=\d+;)+\\boxed\{\d+\}$/)
  })

  it("given any unboxed response, then it states its answer without a box", () => {
    for (const { response } of of("nobox")) assert.match(response, /^step by step:([^;=]+=\d+;)+so \d+\.$/)
  })

  it("given slips, then the box is always wrong, even where the erring step hits on the answer", () => {
    const known = of("slip").filter(({ prompt }) => answers.has(prompt))
    assert.isAbove(known.length, 20)
    for (const { prompt, response } of known) assert.notStrictEqual(boxOf(response), answers.get(prompt), response)
    const task = { prompt: "max of 13+17 and 10+10?\n", steps: ["13+17=30", "10+10=20"], results: [30, 20, 30] }
    const random = sequence(1, 1)
    const slips = Array.from({ length: 500 }, () => respond(task, "slip", random, true))
    assert.isTrue(slips.some((slip) => slip.includes("10+10=30")))
    assert.isTrue(slips.every((slip) => boxOf(slip) !== "30"))
  })

  it("given slips, then exactly one written step is false, and it is the last written", () => {
    for (const { response } of of("slip")) {
      const steps = response.slice("step by step:".length).split(";").slice(0, -1)
      const truths = steps.map((step) => evaluate(step.split("=")[0]) === Number(step.split("=")[1]))
      assert.deepStrictEqual(
        truths,
        steps.map((_, index) => index < steps.length - 1)
      )
    }
  })

  it("given early stops, then a step is missing and the box holds the last result shown; a task of one step gets a wrong one", () => {
    for (const { prompt, response } of of("early").filter(({ family }) => family === "chain")) {
      const shown = [...response.matchAll(/=(\d+);/g)].map(([, result]) => result)
      if (operations(prompt) === 1) assert.notStrictEqual(boxOf(response), `${evaluate(prompt.split("=")[0])}`)
      else assert.strictEqual(boxOf(response), shown[shown.length - 1])
      assert.isTrue(shown.length === 1 || shown.length < operations(prompt), response)
    }
  })

  it("given direct answers, then they are right less often the more steps they skip", () => {
    const right = (length: number) => {
      const asked = of("direct").filter(({ family, prompt }) => family === "chain" && operations(prompt) === length)
      const solved = asked.filter(({ prompt, response }) => boxOf(response) === `${evaluate(prompt.split("=")[0])}`)
      return solved.length / asked.length
    }
    for (const [index, skill] of [0.8, 0.35, 0.15, 0.08].entries()) assert.approximately(right(index + 1), skill, 0.06)
  })

  it("given ramblings, then a quarter is boxed wrong, a tenth solves it, a quarter concludes wrong, the rest stops", () => {
    const all = of("ramble")
    const share = (matches: (response: string) => boolean) =>
      all.filter(({ response }) => matches(response)).length / all.length
    assert.approximately(
      share((response) => /\\boxed\{\d+\}$/.test(response)),
      0.35,
      0.03
    )
    assert.approximately(
      share((response) => /so \d+\.$/.test(response)),
      0.25,
      0.03
    )
    assert.isTrue(all.every(({ response }) => /^(hmm|wait|let me see);/.test(response)))
  })
})

import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { evaluate } from "./plain-arithmetic.ts"
import { type Family, families, type Problem, splitOf } from "./problem.ts"
import { example, exampleIds, poolSeed, problems, testProblems, validationProblems } from "./problems.ts"

const sha256 = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex")

/** Solves a prompt from its text alone, by another way than the generator took. */
const solve = (family: Family, prompt: string): number => {
  const numbers = (prompt.match(/\d+/g) ?? []).map(Number)
  switch (family) {
    case "chain":
    case "prec":
      return evaluate(prompt.slice(0, prompt.indexOf("=")))
    case "eq": {
      const [factor, term, right] = numbers
      return (prompt.includes("+") ? right - term : right + term) / factor
    }
    case "word":
      return [...prompt.matchAll(/(gets|finds|buys|loses|eats|gives) (\d+)/g)].reduce(
        (held, [, verb, count]) => held + (/gets|finds|buys/.test(verb) ? 1 : -1) * Number(count),
        numbers[0]
      )
    case "seq":
      return 2 * numbers[2] - numbers[1]
    case "two": {
      const [left, right] = prompt.slice(7, -2).split(" and ").map(evaluate)
      return prompt.startsWith("max") ? Math.max(left, right) : left + right
    }
  }
}

const everySplit: ReadonlyArray<Problem> = families.flatMap((family) =>
  (["test", "pool", "pretrain"] as const).flatMap((split) => problems(family, { seed: 5, count: 50, split }))
)

describe("problems", () => {
  it("given any problem, then its answer solves its prompt", () => {
    for (const { answer, family, prompt } of everySplit) assert.strictEqual(answer, `${solve(family, prompt)}`, prompt)
  })

  it("given any problem, then every step is true, and every result is a step's or the larger of two", () => {
    for (const { prompt, results, steps } of everySplit) {
      const values = steps.map((step) => {
        const [left, right] = step.split("=")
        assert.strictEqual(evaluate(left), Number(right), `${prompt}${step}`)
        return Number(right)
      })
      const rest = results.slice(values.length)
      assert.deepStrictEqual(results.slice(0, values.length), values)
      assert.deepStrictEqual(rest, prompt.startsWith("max") ? [Math.max(...values)] : [])
    }
  })

  it("given any problem, then every result lies in 1..99 and the prompt ends in its only newline", () => {
    for (const { prompt, results } of everySplit) {
      assert.isTrue(results.every((result) => Number.isInteger(result) && result >= 1 && result <= 99))
      assert.strictEqual(prompt.indexOf("\n"), prompt.length - 1)
    }
  })

  it("given a split, then every prompt belongs to it, so that no two splits share one", () => {
    for (const split of ["test", "pool", "pretrain"] as const) {
      for (const family of families) {
        const found = problems(family, { seed: 11, count: 60, split })
        assert.isTrue(found.every(({ prompt }) => splitOf(prompt) === split))
        assert.strictEqual(new Set(found.map(({ prompt }) => prompt)).size, found.length)
        assert.strictEqual(new Set(found.map(({ id }) => id)).size, found.length)
      }
    }
  })

  it("given prompts at large, then a tenth is for tests and a tenth for the pool", () => {
    const prompts = Array.from({ length: 20_000 }, (_, index) => `${index}=?\n`)
    const share = (split: string) => prompts.filter((prompt) => splitOf(prompt) === split).length / prompts.length
    assert.approximately(share("test"), 0.1, 0.01)
    assert.approximately(share("pool"), 0.1, 0.01)
  })

  it("given a smaller count, then the head of the same list; given another seed, then another list", () => {
    const request = { seed: 3, count: 30, split: "test" } as const
    const list = problems("two", request)
    assert.deepStrictEqual(problems("two", { ...request, count: 10 }), list.slice(0, 10))
    assert.notDeepEqual(problems("two", { ...request, seed: 4 }), list)
  })

  it("given more problems asked for than the family has, then all of them and no more", () => {
    const asked = (seed: number) => problems("seq", { seed, count: 1_000, split: "pool" })
    assert.strictEqual(asked(1).length, 57)
    assert.deepStrictEqual(
      asked(1)
        .map(({ prompt }) => prompt)
        .sort(),
      asked(2)
        .map(({ prompt }) => prompt)
        .sort()
    )
  })
})

describe("testProblems", () => {
  it("given a seed, then so many of each family, family by family, named by split, family, seed and place", () => {
    const found = testProblems({ seed: 8, perFamily: 25 })
    assert.deepStrictEqual(
      found.map(({ family }) => family),
      families.flatMap((family) => new Array<Family>(25).fill(family))
    )
    assert.strictEqual(found[25 * 5 + 3].id, "test/two/8/3")
  })

  it("given the same seed, then the same bytes as ever", () => {
    assert.strictEqual(
      sha256(testProblems({ seed: 0, perFamily: 50 })),
      "6f51ec545dfa6c165f05de0694a617774731c7c4134f928668d747e68135f082"
    )
  })
})

describe("validationProblems", () => {
  const nothing: ReadonlySet<string> = new Set()

  it("given none to pass over, then so many of each family, of the pool's split, and none with a name to train on", () => {
    const found = validationProblems({ perFamily: 10, except: nothing })
    assert.deepStrictEqual(
      found.map(({ family }) => family),
      families.flatMap((family) => new Array<Family>(10).fill(family))
    )
    const named = new Set(exampleIds().map((id) => example(id)?.prompt))
    for (const { prompt } of found) {
      assert.strictEqual(splitOf(prompt), "pool")
      assert.isFalse(named.has(prompt), prompt)
    }
    assert.strictEqual(found[13].id, "pool/prec/98/3")
  })

  it("given prompts to pass over, then the next ones of the same list in their place", () => {
    const all = validationProblems({ perFamily: 12, except: nothing }).filter(({ family }) => family === "two")
    const except = new Set([all[0].prompt, all[4].prompt])
    const found = validationProblems({ perFamily: 10, except }).filter(({ family }) => family === "two")
    assert.deepStrictEqual(
      found.map(({ prompt }) => prompt),
      all.map(({ prompt }) => prompt).filter((prompt) => !except.has(prompt))
    )
  })

  it("given more than a family has, then what is left beside its named examples", () => {
    const found = validationProblems({ perFamily: 30, except: nothing })
    assert.lengthOf(
      found.filter(({ family }) => family === "seq"),
      17
    )
    assert.strictEqual(new Set(found.map(({ prompt }) => prompt)).size, found.length)
  })
})

describe("example", () => {
  it("given the pool, then 40 examples of each family, the same bytes as ever", () => {
    const pool = exampleIds().map(example)
    assert.strictEqual(pool.length, 240)
    assert.strictEqual(sha256(pool), "86674ec4f9136de017b6d93e5161b3db011d3366c998303d37282aaa9b6a3c29")
  })

  it("given a name, then the problem of that family at that place in the pool", () => {
    assert.deepStrictEqual(example("two:3"), problems("two", { seed: poolSeed, count: 40, split: "pool" })[3])
    assert.strictEqual(example("two:3")?.id, "two:3")
  })

  it.each(["two:40", "two:-1", "two:03", "three:0", "two", ""])("given the name %j, then there is none", (id) => {
    assert.isUndefined(example(id))
  })
})

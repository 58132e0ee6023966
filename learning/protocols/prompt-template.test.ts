import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { officialDemonstrations, officialDigests, officialProblem } from "./official-prompts.fixture.ts"
import { promptTemplateNames, renderPrompt } from "./prompt-template.ts"

const shared = (name: string): URL => new URL(`../../../shared/data/benchmarks/${name}`, import.meta.url)
const isHere = existsSync(shared("eval_prompts.json"))
const title = (sentence: string): string => (isHere ? sentence : `${sentence} (skipped: the benchmarks are not here)`)

const textsOf = (name: string): string => readFileSync(shared(name), "utf8")

interface Prompts {
  readonly all_prompt_templates: Readonly<Record<string, ReadonlyArray<string>>>
}

const cat = { problem: "How many legs has a cat?", solution: "Four: \\boxed{4}" }
const bird = { problem: "And a bird?", solution: "\\boxed{2}" }

describe("renderPrompt", () => {
  it.skipIf(!isHere).each([
    ["math500", 500],
    ["minerva_math", 272],
    ["olympiadbench", 675],
    ["aime24", 30],
    ["aime25", 30],
    ["amc23", 40]
  ] as const)(title("given each problem of %s, then it is the prompt that the paper's model read"), (name, count) => {
    const rows = textsOf(`${name}.jsonl`)
      .trimEnd()
      .split("\n")
      .map((line): { readonly problem: string; readonly prompt_qwen25_math_cot: string } => JSON.parse(line))
    assert.strictEqual(rows.length, count)
    for (const { problem, prompt_qwen25_math_cot } of rows)
      assert.strictEqual(renderPrompt("qwen25-math-cot", problem, []), prompt_qwen25_math_cot)
  })

  it.skipIf(!isHere)(title("given the script's templates, then ours are the same, in name, order and text"), () => {
    const { all_prompt_templates: theirs }: Prompts = JSON.parse(textsOf("eval_prompts.json"))
    assert.deepStrictEqual(promptTemplateNames, [...Object.keys(theirs), "none"])
    // These three stand within more words of the script.
    const framed = ["tora", "tool-integrated", "platypus_fs"]
    for (const [name, [asked]] of Object.entries(theirs)) {
      const text = asked.replaceAll("{{", "{").replaceAll("}}", "}").replace("{input}", "1+1=?")
      const ours = renderPrompt(name, "1+1=?", [])
      if (framed.includes(name)) assert.include(ours, text.trim(), name)
      else assert.strictEqual(ours, text.replace(/^ +| +$/g, ""), name)
    }
  })

  it.each(Object.entries(officialDigests))(
    "given %s and up to two demonstrations, then each prompt has the bytes that the script writes",
    (name, digests) => {
      for (const [count, digest] of digests.entries()) {
        const prompt = renderPrompt(name, officialProblem, officialDemonstrations.slice(0, count))
        const found = createHash("sha256").update(prompt).digest("hex").slice(0, 16)
        assert.strictEqual(found, digest, `${count} before it: ${JSON.stringify(prompt)}`)
      }
    }
  )

  it("given every template, then the script has digests of all but kpmath and none", () => {
    const without = promptTemplateNames.filter((name) => !Object.hasOwn(officialDigests, name))
    assert.deepStrictEqual(without, ["kpmath", "none"])
  })

  it("given demonstrations for qwen25-math-cot, then all of them and the problem are one turn of the user", () => {
    const system =
      "<|im_start|>system\nPlease reason step by step, and put your final answer within \\boxed{}.<|im_end|>\n"
    const user = `${cat.problem}\n${cat.solution}\n\n${bird.problem}\n${bird.solution}\n\nAnd a snake?`
    assert.strictEqual(
      renderPrompt("qwen25-math-cot", "And a snake?", [cat, bird]),
      `${system}<|im_start|>user\n${user}<|im_end|>\n<|im_start|>assistant\n`
    )
  })

  it("given demonstrations for cot, then each is a question and its answer, and no space is left at the end", () => {
    assert.strictEqual(
      renderPrompt("cot", "And a snake?", [cat]),
      `Question: ${cat.problem}\nAnswer: ${cat.solution}\n\n\nQuestion: And a snake?\nAnswer:`
    )
  })

  it("given kpmath, then a blank line stands between demonstrations, where the script fails", () => {
    const ask = 'User: Please reason step by step and put your final answer at the end with "The answer is: ".'
    assert.strictEqual(
      renderPrompt("kpmath", "And a snake?", [cat]),
      `${ask}\n\n${cat.problem}\n\nAssistant:${cat.solution}\n\n${ask}\n\nAnd a snake?\n\nAssistant:`
    )
  })

  it("given none, then the problem is all there is, after demonstrations where there are any", () => {
    assert.strictEqual(renderPrompt("none", " And a snake? ", []), " And a snake? ")
    assert.strictEqual(renderPrompt("none", "And a snake?", [cat]), `${cat.problem}\n${cat.solution}\n\nAnd a snake?`)
  })

  it("given problems that look like places to fill, then they come through as they are", () => {
    for (const problem of ["{input}", "{output}", "$&$1$$", "{{}}", "{0}"])
      for (const name of promptTemplateNames) {
        const prompt = renderPrompt(name, problem, [{ problem, solution: problem }])
        assert.isAtLeast(prompt.split(problem).length, 4, name)
      }
  })

  it("given a name that is no template's, then it is the caller's mistake and says which", () => {
    assert.throws(() => renderPrompt("toString", "1+1=?", []), 'there is no prompt template "toString"')
  })
})

import { assert, describe, it } from "@effect/vitest"
import { beforeStop, stopWordsOf } from "./stop-words.ts"

const always = ["</s>", "<|im_end|>", "<|endoftext|>"]

describe("stopWordsOf", () => {
  it.each([
    ["qwen25-math-cot", []],
    ["direct", []],
    ["none", []],
    ["cot", ["\n\nQuestion:"]],
    ["pal", ["\n\n---", "```output"]],
    ["tool-integrated", ["\n\n---", "```output"]],
    ["jiuzhang_tora", ["\n\n---", "```output"]],
    ["tora", []],
    ["wizard_zs", ["Instruction", "Response"]],
    ["platypus_fs", ["Instruction", "Response"]],
    ["jiuzhang", ["\n\n## Question"]],
    ["jiuzhang_nl", ["\n\n## Question"]],
    ["numina", ["\n### Problem"]]
  ])("given %s, then beside the ends of all prompts it has %j", (name, more) => {
    assert.deepStrictEqual(stopWordsOf(name), [...always, ...more])
  })
})

describe("beforeStop", () => {
  it.each([
    ["so \\boxed{4}\n", "so \\boxed{4}"],
    ["so \\boxed{4}<|im_end|> and <|endoftext|>", "so \\boxed{4}"],
    ["so \\boxed{4} \n<|endoftext|>human<|im_end|>", "so \\boxed{4}"],
    ["</s>so", ""],
    ["", ""]
  ])("given %j, then %j is graded", (response, graded) => {
    assert.strictEqual(beforeStop(response, always), graded)
  })

  it("given no stop texts, then all of it but outer white space is", () => {
    assert.strictEqual(beforeStop(" a </s> ", []), "a </s>")
  })
})

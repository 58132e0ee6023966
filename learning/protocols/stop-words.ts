/**
 * Texts at which the evaluation script ends a response, by the name of its prompt (math_eval.py, `stop_words`).
 *
 * Where one is a special token of the model, that token ends it too: a base model's own end is `<|endoftext|>`, but asked
 * in turns it ends its turn with `<|im_end|>`.
 */

const always: ReadonlyArray<string> = ["</s>", "<|im_end|>", "<|endoftext|>"]

const ofPrompt = (template: string): ReadonlyArray<string> => {
  if (template === "cot") return ["\n\nQuestion:"]
  if (["pal", "tool-integrated", "jiuzhang_tora"].includes(template)) return ["\n\n---", "```output"]
  if (["wizard_zs", "platypus_fs"].includes(template)) return ["Instruction", "Response"]
  if (template.includes("jiuzhang")) return ["\n\n## Question"]
  return template.includes("numina") ? ["\n### Problem"] : []
}

/** In the script's order; for a name it does not have, those that it always has. */
export const stopWordsOf = (template: string): ReadonlyArray<string> => [...always, ...ofPrompt(template)]

/** What is graded of a response: what stands before the first stop text, without white space at its ends. */
export const beforeStop = (response: string, stop: ReadonlyArray<string>): string => {
  const ends = stop.map((text) => response.indexOf(text)).filter((at) => at >= 0)
  return response.slice(0, Math.min(response.length, ...ends)).trim()
}

/**
 * Where the paper's evaluation would have run a model's output as a program. We never do: it is recorded.
 *
 * The evaluation script allows prompt types other than "cot" and "pal", and so the paper's "qwen25-math-cot", up to four
 * calls of a Python interpreter: an output without "boxed" that ends with a code fence is run, what it printed is appended,
 * and the model goes on from there. Our answer ends where the model's first output ended. ("cot" runs nothing, and "pal" is
 * nothing but programs, all of which are run; the paper uses neither.)
 * Source: Qwen2.5-Eval/evaluation/math_eval.py of One-Shot-RLVR at 21ed529, lines 235 and 327 to 339; the same in Qwen2.5-Math.
 */
import { pythonWhiteSpace } from "../python-white-space.ts"

/** Where the script has its engine stop; the output ends before the first. */
const stopWords = ["</s>", "<|im_end|>", "<|endoftext|>"]
const fence = "```"

/** Whether the script would have run this response; white space at its end does not matter. */
export const wouldExecute = (text: string): boolean => {
  let end = text.length
  for (const word of stopWords) {
    const at = text.indexOf(word)
    if (at >= 0) end = Math.min(end, at)
  }
  while (end > 0 && pythonWhiteSpace.includes(text[end - 1])) end--
  const output = text.slice(0, end)
  return output.endsWith(fence) && !output.includes("boxed")
}

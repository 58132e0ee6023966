/**
 * Does a real language model say the same here as in transformers? SmolLM2-135M-Instruct, 64 greedy tokens on ten prompts.
 *
 *   npm run bench -- smol --model FOLDER
 *
 * FOLDER is what apps/bench/smol/convert.py makes. Ends with 1 where a token differs.
 */
import { parseArgs } from "node:util"
import { Console, Effect } from "effect"
import { compareGreedy } from "./smol/greedy.ts"

const { values } = parseArgs({ options: { model: { type: "string" }, workers: { type: "string", default: "2" } } })
if (values.model === undefined) {
  process.stderr.write("name the folder with --model; apps/bench/smol/convert.py makes it\n")
  process.exit(2)
}

const program = Effect.gen(function* () {
  const { comparisons, head } = yield* compareGreedy(values.model ?? "", Number(values.workers))
  yield* Console.log(`recorded with transformers ${head.transformers}, torch ${head.torch}`)
  for (const { differs, minGap, text, tokenizerAgrees, tokens } of comparisons) {
    const words = differs === null ? `${tokens} tokens equal` : `token ${differs.at} differs (it led by ${differs.gap})`
    const ids = tokenizerAgrees ? "" : ", the prompt is tokenized differently"
    yield* Console.log(`${JSON.stringify(text.slice(-50)).padEnd(56)} ${words}, smallest lead ${minGap}${ids}`)
  }
  const wrong = comparisons.filter(({ differs, tokenizerAgrees }) => differs !== null || !tokenizerAgrees).length
  yield* Console.log(`${comparisons.length - wrong} passed, ${wrong} failed`)
  return wrong
})

process.exit((await Effect.runPromise(program)) === 0 ? 0 : 1)

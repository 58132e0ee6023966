/**
 * The miniature's own validation set: problems of the pool that nothing trains on, asked and judged as the held-out ones
 * are in the greedy test.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { type SheetProblem, sheetBytes } from "../../learning/datasets/benchmarks/sheet.ts"
import { validationProblems } from "../../learning/datasets/miniature/problems.ts"
import type { BenchmarkTest } from "../../schemas/evaluation-config.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import type { Base } from "./base.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { isMiniature } from "./presets.ts"

/** Of each of the six families: enough to tell checkpoints apart, and little beside the 50 that are held out. */
const perFamily: Readonly<Record<string, number>> = { mini: 10, smoke: 2 }

const settingsOf = ({ evaluation, grader = "exact" }: RunConfig, sheet: Uint8Array, count: number): BenchmarkTest => ({
  test: "validation",
  set: "validation",
  protocol: "greedy",
  sheet: createHash("sha256").update(sheet).digest("hex"),
  count,
  temperature: 0,
  samples: 1,
  maxTokens: evaluation.maxTokens,
  grader,
  where: "box",
  role: "validation",
  at: "every"
})

/**
 * The test and its sheet; none for the presets of other models. Fails with ExampleUnusable where an example in context
 * leaves no room, and as the tokenizer does.
 *
 * @param except prompts that are trained on or tested, each ending in a newline
 */
export const ownValidation = Effect.fn("ownValidation")(function* (
  config: RunConfig,
  { config: { maxPositions }, tokenizer }: Base,
  except: ReadonlySet<string>
) {
  if (!isMiniature(config.preset)) return []
  const { context = "" } = config.evaluation
  const found = validationProblems({ perFamily: perFamily[config.preset], except })
  const rows = yield* Effect.forEach(found, ({ answer, family, id, prompt }) =>
    Effect.gen(function* () {
      const row: SheetProblem = { id, group: family, text: `${context}${prompt}`, answer }
      const { length } = yield* tokenizer.encode(row.text)
      if (length < maxPositions) return row
      return yield* new ExampleUnusable({
        example: id,
        reason: "too-long",
        detail: `with evaluation.context before it, it has ${length} tokens, and the model has room for ${maxPositions} with its answer`,
        next: "Shorten that, or leave this test out with --validation none"
      })
    })
  )
  const sheet = sheetBytes(rows)
  return [{ test: settingsOf(config, sheet, rows.length), sheet }]
})

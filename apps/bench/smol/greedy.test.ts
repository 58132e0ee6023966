import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { compareGreedy } from "./greedy.ts"

/** The folder that convert.py makes: half a gigabyte, which no repository should hold. */
const folder = process.env.ONEFOLD_SMOL ?? ""
const skipped = folder === "" ? " (skipped: ONEFOLD_SMOL names no folder made by apps/bench/smol/convert.py)" : ""

describe("SmolLM2-135M-Instruct", () => {
  it.effect.skipIf(skipped !== "")(
    `given ten prompts, then it continues each as transformers does, token for token${skipped}`,
    () =>
      Effect.gen(function* () {
        const { comparisons } = yield* compareGreedy(folder, 2)
        assert.lengthOf(comparisons, 10)
        for (const { differs, text, tokenizerAgrees } of comparisons) {
          assert.isNull(differs, text)
          assert.isTrue(tokenizerAgrees, text)
        }
      }),
    600_000
  )
})

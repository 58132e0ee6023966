/**
 * The thresholds our graders are held to, on pairs that the official graders have labelled.
 */
import { assert, describe, it } from "@effect/vitest"
import { goldGraded } from "./gold-against-itself.ts"
import { agreement, labelled, overall, realFamilies } from "./labelled-pairs.ts"
import type { GradingMode } from "./modes.ts"

const pairs = labelled()
const gold = goldGraded()
const title = (sentence: string): string =>
  pairs === null || gold === null ? `${sentence} (skipped: ../shared/data is not here)` : sentence

const share = (mode: GradingMode, among: "real" | "all"): number => {
  const families = agreement(
    (pairs ?? []).filter(({ family }) => among === "all" || realFamilies.has(family)),
    mode
  )
  const { agreed, pairs: count } = overall(families)
  return agreed / count
}

describe("the graders on labelled pairs", () => {
  it.skipIf(pairs === null).each(["qwen", "deepscaler"] as const)(
    title("given the verdicts of the official grader, then %s agrees with 99.5 % on real completions and 98 % on all"),
    (mode) => {
      assert.isAtLeast(share(mode, "real"), 0.995)
      assert.isAtLeast(share(mode, "all"), 0.98)
    }
  )

  it.skipIf(pairs === null)(
    title(
      "given what was intended, then exact says so for 97 %, accepts 1 % of wrong answers at most and rarely gives up"
    ),
    () => {
      const { agreed, falseAccepts, gaveUp, negatives, pairs: count } = overall(agreement(pairs ?? [], "exact"))
      assert.isAtLeast(agreed / count, 0.97)
      assert.isAtMost(falseAccepts / negatives, 0.01)
      assert.isAtMost(gaveUp / count, 0.002)
    }
  )

  it.skipIf(gold === null)(
    title(
      "given the golds of the benchmarks against themselves, then exact accepts all and qwen what the official one does"
    ),
    () => {
      for (const [name, { exact, problems }] of gold ?? []) assert.strictEqual(exact, problems, name)
      assert.strictEqual(gold?.get("math500")?.qwen, 499)
      assert.strictEqual(gold?.get("minerva_math")?.qwen, 271)
    }
  )
})

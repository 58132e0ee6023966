/**
 * The result line: the last line of `--json`, one JSON object with stable names, and its schema for whoever reads it.
 */
import { Schema } from "effect"
import { groupNamed, overall } from "./figures.ts"
import type { PolicyFigures, RunSummary } from "./summary.ts"

const Share = Schema.Finite
const Known = Schema.NullOr(Share)

const FamilyResult = Schema.Struct({ greedy: Known, avgAt8: Known })

/** One policy's figures: shares in 0..1, null where not measured. */
const PolicyResult = Schema.Struct({
  greedy: Known,
  greedyLow: Known,
  greedyHigh: Known,
  /** Mean over `samples` answers a problem: 8 in every preset. */
  avgAt8: Known,
  avgAt8Low: Known,
  avgAt8High: Known,
  passAt8: Known,
  samples: Schema.Int,
  /** Share of the sampled answers that have a box. */
  boxed: Known,
  boxedGreedy: Known,
  /** Accuracy on the training examples themselves, sampled. */
  train: Known,
  families: Schema.Record(Schema.String, FamilyResult)
})

export const ResultLine = Schema.Struct({
  type: Schema.Literal("result"),
  run: Schema.String,
  steps: Schema.Int,
  base: PolicyResult,
  trained: PolicyResult,
  weightsSha256: Schema.String
})
export type ResultLine = typeof ResultLine.Type

const ResultJson = Schema.fromJsonString(ResultLine)

const policyResult = ({ greedy, sampled, train }: PolicyFigures): ResultLine["base"] => {
  const [greedily, inSamples] = [overall(greedy), overall(sampled)]
  const names = new Set([...greedy, ...sampled].map(({ group }) => group).filter((group) => group !== "all"))
  return {
    greedy: greedily?.accuracy ?? null,
    greedyLow: greedily?.low ?? null,
    greedyHigh: greedily?.high ?? null,
    avgAt8: inSamples?.accuracy ?? null,
    avgAt8Low: inSamples?.low ?? null,
    avgAt8High: inSamples?.high ?? null,
    passAt8: inSamples?.passAtK ?? null,
    samples: inSamples?.samplesPerProblem ?? 0,
    boxed: inSamples?.boxed ?? null,
    boxedGreedy: greedily?.boxed ?? null,
    train: overall(train)?.accuracy ?? null,
    families: Object.fromEntries(
      [...names].map((family) => [
        family,
        {
          greedy: groupNamed(greedy, family)?.accuracy ?? null,
          avgAt8: groupNamed(sampled, family)?.accuracy ?? null
        }
      ])
    )
  }
}

/** The run's result as one JSON line, without a newline. */
export const resultLine = (summary: RunSummary): string =>
  Schema.encodeSync(ResultJson)({
    type: "result",
    run: summary.runId,
    steps: summary.steps,
    base: policyResult(summary.base),
    trained: policyResult(summary.trained),
    weightsSha256: summary.weightsSha256
  })

/** Reads a result line back; fails with Effect's SchemaError. */
export const readResultLine = Schema.decodeUnknownEffect(ResultJson)

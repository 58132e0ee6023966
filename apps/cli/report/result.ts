/**
 * The result line: the last line of `--json`, one JSON object with stable names, and its schema for whoever reads it.
 */
import { Schema } from "effect"
import type { ChosenCheckpoint } from "../../../pipelines/choose-checkpoint.ts"
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

/** A checkpoint with the mean accuracy that it was chosen by. */
const Chosen = Schema.Struct({
  step: Schema.Int,
  accuracy: Known,
  problems: Schema.Int,
  tests: Schema.Array(Schema.String),
  /** Every step that was compared. */
  compared: Schema.Array(Schema.Int),
  /** Chosen on what it reports. */
  optimistic: Schema.Boolean
})

export const ResultLine = Schema.Struct({
  type: Schema.Literal("result"),
  run: Schema.String,
  steps: Schema.Int,
  base: PolicyResult,
  trained: PolicyResult,
  /** Null where nothing was compared. */
  chosen: Schema.Struct({ validation: Schema.NullOr(Chosen), bestOnTest: Schema.NullOr(Chosen) }),
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

const chosenFields = (found: ChosenCheckpoint | null): ResultLine["chosen"]["validation"] => {
  if (found === null) return null
  const { accuracy, compared, optimistic, problems, step, tests } = found
  return { step, accuracy, problems, tests, compared, optimistic }
}

/** The run's result as one JSON line, without a newline. */
export const resultLine = (summary: RunSummary): string =>
  Schema.encodeSync(ResultJson)({
    type: "result",
    run: summary.runId,
    steps: summary.steps,
    base: policyResult(summary.base),
    trained: policyResult(summary.trained),
    chosen: {
      validation: chosenFields(summary.chosen.validation),
      bestOnTest: chosenFields(summary.chosen.bestOnTest)
    },
    weightsSha256: summary.weightsSha256
  })

/** Reads a result line back; fails with Effect's SchemaError. */
export const readResultLine = Schema.decodeUnknownEffect(ResultJson)

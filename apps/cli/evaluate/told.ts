/**
 * What is told of an evaluation at its end, or as far as it is.
 */
import { writeLines, writeText } from "../json-lines.ts"
import { terminalOf } from "../reporter.ts"
import { type EvaluationSummary, evaluationFields } from "./summary.ts"
import { evaluationTable } from "./table.ts"

/** A table for a person, a line for a program. */
export const tellEvaluation = (
  summary: EvaluationSummary,
  { groups, json }: { readonly groups: boolean; readonly json: boolean }
) =>
  json
    ? writeLines([evaluationFields(summary)])
    : writeText(`\n${evaluationTable(summary, terminalOf(process.stdout), groups)}\n`)

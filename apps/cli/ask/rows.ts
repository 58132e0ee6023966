/**
 * The rows of an answer, as they come from the history: one JSON object a line.
 */
import { Effect, Schema } from "effect"

/** Arrays and the like do not occur in named questions. */
const Value = Schema.NullOr(Schema.Union([Schema.String, Schema.Finite, Schema.Boolean]))
export type Value = typeof Value.Type

const Row = Schema.Record(Schema.String, Value)
export type Row = typeof Row.Type

const Line = Schema.fromJsonString(Row)

export const rowsOf = (lines: string): Effect.Effect<ReadonlyArray<Row>, Schema.SchemaError> =>
  Effect.forEach(
    lines.split("\n").filter((line) => line !== ""),
    (line) => Schema.decodeUnknownEffect(Line)(line)
  )

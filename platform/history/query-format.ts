/**
 * What is asked of the history, and how an answer may look.
 */
import { Schema } from "effect"

export const queryFormats = ["table", "json", "csv"] as const

/** table: for people. json: one object a line. csv: with a line of names. */
export type QueryFormat = (typeof queryFormats)[number]

export const answerFormats = [...queryFormats, "parquet"] as const

/** One of the texts, or parquet: a file of columns, for programs. */
export type AnswerFormat = (typeof answerFormats)[number]

/** What a parameter may be bound to. Text stands for any type, written as ClickHouse writes it. */
export const ParameterValue = Schema.NullOr(
  Schema.Union([Schema.String, Schema.Finite, Schema.Array(Schema.String), Schema.Array(Schema.Finite)])
)
export type ParameterValue = typeof ParameterValue.Type

export const HistoryQuestion = Schema.Struct({
  /** One reading statement. */
  sql: Schema.String,
  format: Schema.Literals(answerFormats),
  /** What its placeholders `{name:Type}` stand for: bound by the engine, never pasted into the statement. */
  parameters: Schema.optionalKey(Schema.Record(Schema.String, ParameterValue))
})
export type HistoryQuestion = typeof HistoryQuestion.Type

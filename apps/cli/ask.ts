/**
 * `onefold ask`: named questions to the history. Alone it lists them; with a name it asks, and shows rows or a picture.
 */
import { Effect, Schema } from "effect"
import { nearest } from "../../learning/nearest.ts"
import { answerSomehow } from "../../platform/history/live.ts"
import type { NamedQuestion } from "../../platform/history/named-question.ts"
import { boundParameters, namedQuestions, parameterText } from "../../platform/history/named-questions.ts"
import type { AnswerFormat, ParameterValue } from "../../platform/history/query-format.ts"
import { givenTexts, withRuns } from "./ask/given.ts"
import { type Drawing, pictureOf, type Table } from "./ask/picture.ts"
import { type Row, rowsOf } from "./ask/rows.ts"
import { terminalPicture } from "./ask/terminal-picture.ts"
import { existingDataFolder } from "./data-folder.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { aligned, cell } from "./report/grid.ts"
import { terminalOf } from "./reporter.ts"
import { printAnswer, refuseBinary } from "./sql.ts"
import { writeTo } from "./written-file.ts"

export class QuestionNotFound extends Schema.TaggedError<QuestionNotFound>()("QuestionNotFound", {
  name: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    return `there is no question ${this.name}; did you mean ${this.suggestion}? "onefold ask" lists them all`
  }
}

export interface AskOptions {
  readonly name: string | null
  readonly run: string | null
  readonly other: string | null
  readonly step: number | null
  readonly to: number | null
  readonly prompt: string | null
  readonly top: number | null
  readonly set: ReadonlyArray<string>
  readonly show: boolean
  readonly plot: boolean
  readonly svg: string | null
  readonly html: string | null
  /** Null: rows as a table, unless a picture is asked for. */
  readonly format: AnswerFormat | null
  readonly out: string | null
  readonly dataDir: string
}

const print = (text: string) => Effect.sync(() => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`))

const list = (questions: ReadonlyArray<NamedQuestion>) => {
  const terminal = terminalOf(process.stdout)
  const lines = aligned(
    questions.map(({ name, title }) => [cell(terminal, name, "title"), cell(terminal, title)]),
    ["left", "left"]
  )
  const how = "onefold ask NAME [--plot] asks; onefold ask NAME --show prints its SQL and what it can be given"
  return print([...lines.map(({ shown }) => shown), "", how].join("\n"))
}

const described = (question: NamedQuestion): string => {
  const parameters = question.parameters.map((parameter) => `--   ${parameterText(parameter)}`)
  return [
    `${question.sql.trimEnd()}`,
    "",
    "-- What it can be given (--set name=value, or a flag of that name):",
    ...parameters
  ].join("\n")
}

/** Of which run, and what else was asked, in a line. */
const subtitleOf = (parameters: Readonly<Record<string, ParameterValue>>): string =>
  Object.entries(parameters)
    .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : value}`)
    .join(" · ")

const showPictures = Effect.fn("ask.pictures")(function* (
  options: AskOptions,
  question: NamedQuestion,
  picture: Drawing | Table,
  rows: ReadonlyArray<Row>
) {
  if (options.plot) yield* print(terminalPicture(terminalOf(process.stdout), picture))
  // Only where they are asked for: what draws them is large.
  if (options.svg !== null) {
    const { svgPicture } = yield* Effect.promise(() => import("./ask/svg-picture.ts"))
    yield* writeTo(options.svg, svgPicture(picture))
  }
  if (options.html !== null) {
    const { answerPage } = yield* Effect.promise(() => import("./ask/page.ts"))
    yield* writeTo(options.html, answerPage(question, picture, rows))
  }
})

const answer = Effect.fn("ask.answer")(function* (options: AskOptions, question: NamedQuestion) {
  const hasPicture = options.plot || options.svg !== null || options.html !== null
  const format = options.format ?? (hasPicture && options.out === null ? null : "table")
  if (options.plot && format !== null && options.out === null)
    return yield* new OptionsConflict({ reason: "--plot and --format both print; name a file for the rows with --out" })
  yield* refuseBinary(format, options.out)
  const { other, prompt, run, step, to, top } = options
  const given = yield* givenTexts(question.name, { run, other, step, to, prompt, top }, options.set)
  yield* boundParameters(question, given)
  const { root } = yield* existingDataFolder(options.dataDir)
  const parameters = yield* boundParameters(question, yield* withRuns(root, question, given))
  const ask = (as: AnswerFormat) => answerSomehow(root, { sql: question.sql, format: as, parameters })
  if (hasPicture) {
    const rows = yield* rowsOf(new TextDecoder().decode(yield* ask("json")))
    yield* showPictures(options, question, pictureOf(question, subtitleOf(parameters), rows), rows)
  }
  if (format !== null) yield* printAnswer(yield* ask(format), format, options.out)
})

/** Fails with QuestionNotFound, ParameterRefused, RunNotFound, OptionsConflict, FileUnwritable, and as the history does. */
export const ask = Effect.fn("ask")(function* (options: AskOptions) {
  const questions = yield* Effect.sync(namedQuestions)
  if (options.name === null) return yield* list(questions)
  const question = questions.find(({ name }) => name === options.name)
  if (question === undefined) {
    const names = questions.map(({ name }) => name)
    return yield* new QuestionNotFound({ name: options.name, suggestion: nearest(options.name, names) })
  }
  return yield* options.show ? print(described(question)) : answer(options, question)
})

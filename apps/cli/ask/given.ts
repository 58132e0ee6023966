/**
 * What a question is asked with: flags and `--set name=value` become its parameters, and names of runs the recorded ones.
 */
import { Effect, Schema } from "effect"
import { nearest } from "../../../learning/nearest.ts"
import { querySomehow } from "../../../platform/history/live.ts"
import type { NamedQuestion } from "../../../platform/history/named-question.ts"
import { ParameterRefused } from "../../../platform/history/named-questions.ts"
import { RunNotFound } from "../recorded.ts"

const Started = Schema.fromJsonString(Schema.Struct({ run: Schema.String }))

const startedRuns = "SELECT run FROM runs WHERE kind = 'started' ORDER BY time, _offset"

/** Parameters that name a run. */
const runParameters = ["run", "other"]

/** Texts by name, each name once. Fails with ParameterRefused. */
export const givenTexts = Effect.fn("ask.givenTexts")(function* (
  question: string,
  flags: Readonly<Record<string, string | number | null>>,
  settings: ReadonlyArray<string>
) {
  const given = new Map<string, string>()
  for (const [name, value] of Object.entries(flags)) if (value !== null) given.set(name, String(value))
  for (const setting of settings) {
    const at = setting.indexOf("=")
    const name = setting.slice(0, Math.max(0, at))
    const refuse = (detail: string) => new ParameterRefused({ question, parameter: setting, detail })
    if (name === "") return yield* refuse('it is not "name=value"')
    if (given.has(name)) return yield* refuse("it is given twice")
    given.set(name, setting.slice(at + 1))
  }
  return given
})

/**
 * The same with the names of recorded runs: "last" is the newest. Fails with RunNotFound, and as the history does.
 */
export const withRuns = Effect.fn("ask.withRuns")(function* (
  root: string,
  { parameters }: NamedQuestion,
  given: ReadonlyMap<string, string>
) {
  const answer = yield* querySomehow(root, startedRuns, "json")
  const lines = answer.split("\n").filter((line) => line !== "")
  const names = (yield* Effect.forEach(lines, (line) => Schema.decodeUnknownEffect(Started)(line))).map(
    ({ run }) => run
  )
  const resolved = new Map(given)
  for (const { fallback, name } of parameters.filter((each) => runParameters.includes(each.name))) {
    const wanted = given.get(name) ?? fallback
    if (!given.has(name) && fallback === "required") continue
    const run = wanted === "last" ? names.at(-1) : names.find((each) => each === wanted)
    if (run === undefined) return yield* new RunNotFound({ name: wanted, suggestion: nearest(wanted, names) })
    resolved.set(name, run)
  }
  return resolved
})

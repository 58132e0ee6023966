/**
 * Who tells of an evaluation while it goes on: answers as they are counted on stderr, a JSON line for each test on stdout.
 */
import { Clock, Effect } from "effect"
import type { BenchmarkTest } from "../../../schemas/evaluation-config.ts"
import { writeLines } from "../json-lines.ts"
import { overall } from "../report/figures.ts"
import { fieldsOf, type Reporter, terminalOf } from "../reporter.ts"
import { type AnswerEvent, type AnswerForm, answerProgress, clearedAnswers, initialAnswers } from "./progress.ts"

export const evaluationTeller = Effect.fn("evaluationTeller")(function* (
  tests: ReadonlyArray<BenchmarkTest>,
  json: boolean
) {
  const err = process.stderr
  const form: AnswerForm = {
    live: err.isTTY === true,
    terminal: terminalOf(err),
    tests: tests.map(({ count, samples, test }) => ({ test, problems: count, samples }))
  }
  let shown = initialAnswers(yield* Clock.currentTimeMillis)
  const write = (text: string): void => {
    if (text !== "") err.write(text)
  }
  const show = (event: AnswerEvent) =>
    Effect.sync(() => {
      const { state, text } = answerProgress(form, shown, event)
      shown = state
      write(text)
    })
  const note = (text: string) =>
    Effect.sync(() => {
      const cleared = clearedAnswers(shown)
      shown = cleared.state
      write(`${cleared.text}${text}\n`)
    })
  const line = (fields: Readonly<Record<string, unknown>> | null) =>
    json && fields !== null ? writeLines([fields]) : Effect.void
  const reporter: Reporter = {
    begins: (run, step, steps, atMillis) =>
      Effect.sync(() => {
        shown = { ...shown, startedMillis: atMillis }
      }).pipe(Effect.andThen(line({ type: "run", run, step, steps })), Effect.andThen(note(`evaluation ${run}`))),
    event: (event, _, atMillis) => {
      if (event._tag !== "EvaluationCompleted") return Effect.void
      const { protocol: test, results } = event
      const accuracy = overall(results)?.accuracy ?? 0
      return Effect.andThen(show({ kind: "sat", test, accuracy, atMillis }), line(fieldsOf(event)))
    },
    answered: (tests, before, atMillis) => show({ kind: "answered", tests, before, atMillis }),
    stopping: (_, __, atMillis) => show({ kind: "stopping", atMillis }),
    note,
    // The table is told by who conducts the evaluation.
    result: () => Effect.void
  }
  return reporter
})

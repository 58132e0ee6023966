/**
 * `onefold grade`: a verdict on each answer of a file, line by line, by one of the named graders.
 *
 * Grading runs in a thread that can be ended: an answer that exhausts its time or memory is null, and the next is graded.
 */
import { createReadStream } from "node:fs"
import { Clock, Effect, Schema } from "effect"
import { Grader } from "../../learning/grading/grader.ts"
import type { GradingMode } from "../../learning/grading/modes.ts"
import type { Grade } from "../../learning/grading/submission.ts"
import { answerLineFields, submissionOfLine } from "./answer-line.ts"
import { forEachLine, writeLines } from "./json-lines.ts"

const Pair = Schema.Struct(answerLineFields)

/** "unknown" says nothing about the answer. */
const correctness: Readonly<Record<Grade["verdict"], boolean | null>> = {
  correct: true,
  incorrect: false,
  "no-answer": false,
  unknown: null
}

const microseconds = 1000

export const grade = Effect.fn("grade")(function* (options: {
  readonly file: string | null
  readonly mode: GradingMode
}) {
  const { file, mode } = options
  yield* Effect.gen(function* () {
    const grader = yield* Grader
    yield* grader.grade([{ id: "", text: "", reference: "" }]) // the first answer's time is not the start of the thread
    const use = Effect.fnUntraced(function* ({ value }: { readonly value: typeof Pair.Type }) {
      const from = yield* Clock.currentTimeNanos
      const [{ extracted, rule, verdict }] = yield* grader.grade([submissionOfLine(value, mode)])
      const to = yield* Clock.currentTimeNanos
      const ms = Math.round(Number(to - from) / microseconds) / microseconds
      yield* writeLines([{ id: value.id, correct: correctness[verdict], extracted, rule, ms }])
    })
    const isFile = file !== null && file !== "-"
    yield* isFile ? forEachLine(Pair, use, { name: file, bytes: createReadStream(file) }) : forEachLine(Pair, use)
  }).pipe(Effect.provide(Grader.layer))
})

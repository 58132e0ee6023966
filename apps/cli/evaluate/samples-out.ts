/**
 * `--samples-out`: every answer of an evaluation, one JSON object a line, in the form that answers are graded from again.
 */
import { stat } from "node:fs/promises"
import { resolve } from "node:path"
import { Effect, Schema } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { readSheet } from "../../../learning/datasets/benchmarks/sheet.ts"
import { faultOf } from "../../../learning/file-fault.ts"
import { submissionOf } from "../../../pipelines/evaluate/submission.ts"
import type { EvaluationSampled } from "../../../schemas/evaluation-sampled.ts"
import { lineOfSubmission } from "../answer-line.ts"
import { configOfRun, type RecordedRun } from "../recorded.ts"
import { answersOf } from "../recorded-answers.ts"
import { openDraft } from "./draft-file.ts"

/** The file cannot be written; nothing of it is left behind. */
export class SamplesUnwritable extends Schema.TaggedError<SamplesUnwritable>()("SamplesUnwritable", {
  file: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot write answers to ${this.file}: ${this.detail}. Name a file in a folder that can be written`
  }
}

const unwritable = (file: string) => (error: unknown) => new SamplesUnwritable({ file, detail: faultOf(error) })

/** Refuses a file that could not be written, before there is anything to write. */
export const checkSamplesFile = Effect.fn("samplesOut.check")(function* (file: string) {
  const found = yield* Effect.promise(() => stat(file).catch(() => null))
  if (found?.isDirectory()) return yield* new SamplesUnwritable({ file, detail: "it is a folder" })
  yield* Effect.tryPromise({
    try: async () => {
      const draft = await openDraft(resolve(file))
      await draft.discard()
    },
    catch: unwritable(file)
  })
})

/** What somebody may say of an answer; null where the grader gave up. */
const correctness: Readonly<Record<EvaluationSampled["verdict"], boolean | null>> = {
  correct: true,
  incorrect: false,
  "no-answer": false,
  unknown: null
}

/** Writes them test by test, problem by problem, sample by sample; the file appears whole or not at all. */
export const writeSamples = Effect.fn("samplesOut.write")(function* (recorded: RecordedRun, file: string) {
  const { benchmarks = [] } = (yield* configOfRun(recorded)).evaluation
  const artifacts = yield* Artifacts
  const attempt = <A>(act: () => Promise<A>) => Effect.tryPromise({ try: act, catch: unwritable(file) })
  const path = resolve(file)
  yield* Effect.acquireUseRelease(
    attempt(() => openDraft(path)),
    (draft) =>
      Effect.gen(function* () {
        for (const { grader, set, sheet, stop: stops = [], test, where = "anywhere" } of benchmarks) {
          const problems = yield* readSheet(yield* artifacts.load(sheet), sheet)
          const places = new Map(problems.map((problem, place) => [problem.id, { place, problem }]))
          const answers = yield* answersOf(recorded, (answer) => {
            const found = answer.protocol === test ? places.get(answer.problemId) : undefined
            if (found === undefined) return null
            const { extracted, rule, sampleIndex: sample, stop, text, tokens, verdict } = answer
            const { id } = found.problem
            const graded = submissionOf(
              { question: found.problem, sampleIndex: sample, text },
              { grader, stop: stops, where }
            )
            const line = JSON.stringify({
              ...{ id, set, sample, ...lineOfSubmission(graded) },
              ...{ correct: correctness[verdict], extracted, rule, tokens: tokens.length, stop }
            })
            return { place: found.place, sample, line }
          })
          answers.sort((a, b) => a.place - b.place || a.sample - b.sample)
          yield* attempt(() => draft.write(answers.map(({ line }) => `${line}\n`)))
        }
        yield* attempt(() => draft.keep())
      }),
    (draft) => Effect.promise(() => draft.discard())
  )
})

/**
 * `onefold regrade FILE`: answers of any origin, one a line, graded and held against the verdicts that come with them.
 */
import { createReadStream } from "node:fs"
import { Effect, Schema } from "effect"
import { Grader } from "../../../learning/grading/grader.ts"
import type { GradingMode } from "../../../learning/grading/modes.ts"
import type { Verdict } from "../../../schemas/answer.ts"
import { answerLineFields, submissionOfLine } from "../answer-line.ts"
import { InputUnusable } from "../input-unusable.ts"
import { forEachLine, type Line } from "../json-lines.ts"
import type { Regraded } from "./regraded.ts"
import { tally } from "./tally.ts"

/** A line as `onefold grade` reads it, with what is known beside. */
const Answer = Schema.Struct({
  /** Lines that share an id are samples of one problem. */
  ...answerLineFields,
  /** The verdict that was recorded; null where it is unknown. */
  correct: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  /** Where left out, samples are counted. */
  sample: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))),
  set: Schema.optionalKey(Schema.String)
})
type Answer = typeof Answer.Type

/** The set of a line that names none. */
const noSet = "all"

/** Intervals of a file's figures are drawn by it: the seed that evaluations have where none is asked for. */
const intervalSeed = 2026

/** As many as are graded at once. */
const batchSize = 256

const setOf = ({ data_name: dataName, set }: Answer): string => set ?? dataName ?? noSet

const recordedOf = ({ correct }: Answer): Verdict | null => {
  if (correct === undefined) return null
  return correct === null ? "unknown" : correct ? "correct" : "incorrect"
}

interface Placed extends Answer {
  readonly sample: number
}

/** Gives each line its sample; a place that is taken is refused. */
const placing = () => {
  const taken = new Map<string, Set<number>>()
  return ({ place, value }: Line<Answer>): Effect.Effect<Placed, InputUnusable> => {
    const key = JSON.stringify([setOf(value), `${value.id}`])
    const samples = taken.get(key) ?? new Set()
    taken.set(key, samples)
    const sample = value.sample ?? samples.size
    if (samples.has(sample)) {
      const reason = `sample ${sample} of problem ${value.id} is there twice; number the samples of a problem, or none of them`
      return Effect.fail(new InputUnusable({ place, reason }))
    }
    samples.add(sample)
    return Effect.succeed({ ...value, sample })
  }
}

export interface OfFile {
  /** A file, or "-" for stdin. */
  readonly file: string
  readonly mode: GradingMode
  /** One set alone; null: all. */
  readonly test: string | null
}

const judgeLines = Effect.fn("regrade.judgeLines")(function* ({ file, mode, test }: OfFile) {
  const grader = yield* Grader
  const counted = tally()
  const problems = new Map<string, Map<string, { readonly id: string; readonly family: string }>>()
  const place = placing()
  let waiting: Array<Placed> = []

  const gradeWaiting = Effect.fnUntraced(function* () {
    const grades = yield* grader.grade(
      waiting.map((answer) => submissionOfLine(answer, mode, `${answer.id}/${answer.sample}`))
    )
    for (const [i, answer] of waiting.entries()) {
      const { extracted, rule, verdict } = grades[i]
      const [set, problem] = [setOf(answer), `${answer.id}`]
      const recorded = recordedOf(answer)
      problems.set(set, (problems.get(set) ?? new Map()).set(problem, { id: problem, family: set }))
      counted.add({
        ...{ test: set, step: null, problem, sample: answer.sample, gold: answer.gold },
        recorded: recorded === null ? null : { verdict: recorded, extracted: null, rule: null },
        now: { verdict, extracted, rule }
      })
    }
    waiting = []
  })

  const use = Effect.fnUntraced(function* (line: Line<Answer>) {
    const placed = yield* place(line)
    if (test === null || setOf(placed) === test) waiting.push(placed)
    if (waiting.length === batchSize) yield* gradeWaiting()
  })
  yield* file === "-"
    ? forEachLine(Answer, use)
    : forEachLine(Answer, use, { name: file, bytes: createReadStream(file) })
  yield* gradeWaiting()
  return { counted, problems }
})

/** Fails with InputUnusable, which names the line. */
export const regradeFile = Effect.fn("regrade.file")(function* (options: OfFile) {
  const { file, mode, test } = options
  const { counted, problems } = yield* judgeLines(options).pipe(Effect.provide(Grader.layer))
  if (problems.size === 0)
    return yield* new InputUnusable({
      place: file === "-" ? "stdin" : file,
      reason: test === null ? "there are no answers" : `there are no answers of the set "${test}"`
    })
  const names = [...problems.keys()]
  const problemsOf = (set: string) => [...(problems.get(set)?.values() ?? [])]
  const regraded: Regraded = {
    ...{ source: file, mode, reward: null, rewards: [], ungraded: 0 },
    results: counted.results(intervalSeed, names, problemsOf),
    changed: counted.changed(names, problemsOf)
  }
  return regraded
})

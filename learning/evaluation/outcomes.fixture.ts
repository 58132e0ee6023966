/**
 * Outcomes for tests: a problem by its verdicts, and any test by random choice.
 */
import { Schema } from "effect"
import type { AnswerOutcome, Answers, ProblemOutcome } from "./outcome.ts"

/** A right, short, boxed answer, but for what is told. */
export const answer = (fields: Partial<AnswerOutcome> = {}): AnswerOutcome => ({
  correct: true,
  gaveUp: false,
  boxed: true,
  truncated: false,
  length: 10,
  reflects: false,
  wouldExecute: false,
  form: "4",
  ...fields
})

/** Answers one by one; at least one. */
export const answers = (first: Partial<AnswerOutcome>, ...others: ReadonlyArray<Partial<AnswerOutcome>>): Answers => [
  answer(first),
  ...others.map(answer)
]

/** `1` for a right answer and `0` for a wrong one, "1001". */
export const verdicts = (marks: string): Answers => {
  const [first, ...others] = [...marks].map((mark) => ({ correct: mark === "1", form: mark === "1" ? "4" : "5" }))
  return answers(first, ...others)
}

export const problem = (problemId: string, marks: string, group = "g"): ProblemOutcome => ({
  problemId,
  group,
  answers: verdicts(marks)
})

/** Problems p0, p1… by their marks. */
export const problems = (marks: ReadonlyArray<string>, group = "g"): ReadonlyArray<ProblemOutcome> =>
  marks.map((each, i) => problem(`p${i}`, each, group))

/** Any facts of one answer. */
export const AnyAnswer = Schema.Struct({
  correct: Schema.Boolean,
  gaveUp: Schema.Boolean,
  boxed: Schema.Boolean,
  truncated: Schema.Boolean,
  length: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3072 })),
  reflects: Schema.Boolean,
  wouldExecute: Schema.Boolean,
  form: Schema.NullOr(Schema.Literals(["a", "b", "c"]))
})

/** Any problems with three answers each, of groups x and y. */
export const AnyTest = Schema.Array(
  Schema.Struct({
    problemId: Schema.String,
    group: Schema.Literals(["x", "y"]),
    answers: Schema.Tuple([AnyAnswer, AnyAnswer, AnyAnswer])
  })
).check(Schema.isMinLength(1), Schema.isMaxLength(30))

export const AnySeed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff }))

/**
 * Why figures cannot be made of outcomes.
 */
import { Schema } from "effect"

/** The problems of one test do not have equally many answers, so there is no k. */
export class UnequalAnswers extends Schema.TaggedError<UnequalAnswers>()("UnequalAnswers", {
  first: Schema.String,
  /** Answers of the first problem. */
  expected: Schema.Number,
  problemId: Schema.String,
  got: Schema.Number
}) {
  override get message(): string {
    return `problem ${this.problemId} has ${this.got} answers where ${this.first} has ${this.expected}. Give every problem of a test equally many`
  }
}

/** There is nothing to take a mean of. */
export class NoProblems extends Schema.TaggedError<NoProblems>()("NoProblems", {
  /** What is empty. */
  what: Schema.String
}) {
  override get message(): string {
    return `${this.what} without a problem has no accuracy. Give at least one problem`
  }
}

const shown = 5

const listed = (what: string, ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (ids.length === 0) return []
  const more = ids.length > shown ? ` and ${ids.length - shown} more` : ""
  return [`${what}: ${ids.slice(0, shown).join(", ")}${more}`]
}

/** Two tests are not of the same problems, or have one twice. */
export class UnpairedProblems extends Schema.TaggedError<UnpairedProblems>()("UnpairedProblems", {
  onlyInA: Schema.Array(Schema.String),
  onlyInB: Schema.Array(Schema.String),
  /** More than once in a or in b. */
  repeated: Schema.Array(Schema.String)
}) {
  override get message(): string {
    const found = [
      ...listed("only in a", this.onlyInA),
      ...listed("only in b", this.onlyInB),
      ...listed("more than once", this.repeated)
    ]
    return `the problems do not pair up (${found.join("; ")}). Compare policies on the same problems, each once`
  }
}

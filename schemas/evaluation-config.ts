/**
 * What a run's policies are asked, how and when: held-out problems of its own, and benchmarks by a protocol.
 */
import { Schema } from "effect"
import { Protocol, RunId, Sha256 } from "./ids.ts"
import { NotNegative, Positive } from "./quantities.ts"

/** Philox keys are 32 bits wide. */
export const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff }))

/** Whose verdicts: our own, the paper's training reward, the paper's evaluation. */
export const graders = ["exact", "deepscaler", "qwen"] as const

/** A held-out problem: a prompt as the model reads it, and the answer that counts as right. */
export const Problem = Schema.Struct({
  id: Schema.NonEmptyString,
  text: Schema.NonEmptyString,
  answer: Schema.NonEmptyString
})

/** A set of problems that policies sit, every choice resolved. */
export const BenchmarkTest = Schema.Struct({
  /** Names it in events: set and protocol, "math500.paper". */
  test: Protocol,
  /** The set by its name, and the protocol by its. */
  set: Schema.NonEmptyString,
  protocol: Schema.NonEmptyString,
  /** SHA-256 of the sheet: the artifact of its problems as the model reads them. */
  sheet: Sha256,
  /** Problems on the sheet. */
  count: Positive,
  /** 0 is greedy. */
  temperature: NotNegative,
  /** Draws only among the fewest tokens whose probabilities reach this; among all where left out. */
  topP: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(1))),
  /** Answers to each problem. */
  samples: Positive,
  /** New tokens at most; fewer where the model has no room. */
  maxTokens: Positive,
  /** Texts that end an answer beside the model's own ends. */
  stop: Schema.optionalKey(Schema.Array(Schema.NonEmptyString)),
  grader: Schema.Literals(graders),
  /** Where our own grader looks for an answer: in a box, as training does, or anywhere, as others do; so where left out. */
  where: Schema.optionalKey(Schema.Literals(["box", "anywhere"])),
  /** What the set's figures are for: to be reported, or to choose a checkpoint by. */
  role: Schema.Literals(["test", "validation"]),
  /** Every evaluation.everySteps updates, or before the first and after the last alone. */
  at: Schema.Literals(["every", "ends"])
})
export type BenchmarkTest = typeof BenchmarkTest.Type

export class EvaluationConfig extends Schema.Class<EvaluationConfig>("EvaluationConfig")({
  /** The policy sits the greedy test every so many updates. */
  everySteps: Positive,
  /** Draws the held-out problems, and the sampled answers to them. */
  testSeed: Seed,
  problemsPerFamily: Positive,
  /** Sampled answers a problem, for base and final policy. */
  samples: Positive,
  temperature: NotNegative,
  /** New tokens at most. */
  maxTokens: Positive,
  /** The run's own held-out problems, maybe none; where left out, the miniature's are drawn by testSeed. */
  problems: Schema.optionalKey(Schema.Array(Problem)),
  /** Sequences sampled side by side in one cohort; 240 where left out. Bits depend on it. */
  rows: Schema.optionalKey(Positive),
  /** Written before every held-out problem: an example in context. */
  context: Schema.optionalKey(Schema.NonEmptyString),
  /** The run that has evaluated the same base on the same problems before; then this one does not. */
  baseRun: Schema.optionalKey(RunId),
  /** Sat beside the held-out problems. */
  benchmarks: Schema.optionalKey(Schema.Array(BenchmarkTest)),
  /** Responses with one of these words count as self-reflection; the paper's three where left out. */
  reflectionWords: Schema.optionalKey(Schema.NonEmptyArray(Schema.NonEmptyString))
}) {}

/**
 * What can be said of an answer, wherever it was sampled.
 */
import { Schema } from "effect"

/** "eos": the model ended it. "stop": a stop token or text did. "length": it was cut off at the most tokens allowed. */
export const Stop = Schema.Literals(["eos", "stop", "length"])
export type Stop = typeof Stop.Type

/** "no-answer": nothing stood in a box. "unknown": the grader gave up, which says nothing about the answer. */
export const Verdict = Schema.Literals(["correct", "incorrect", "no-answer", "unknown"])
export type Verdict = typeof Verdict.Type

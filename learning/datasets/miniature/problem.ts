/**
 * What a problem of the miniature is: a small task in integers, its steps and its answer.
 *
 * Six families; every intermediate result lies in 1..99. A prompt ends in a newline.
 */
import { crc32 } from "node:zlib"

export const families = ["chain", "prec", "eq", "word", "seq", "two"] as const
export type Family = (typeof families)[number]

/** A task as drawn, before it has a name. */
export interface Task {
  readonly prompt: string
  /** Written steps, `48+14=62`, in the order they are taken. */
  readonly steps: ReadonlyArray<string>
  /** Results on the way; the last one is the answer. "max of" has one more result than steps: the larger of the two. */
  readonly results: ReadonlyArray<number>
}

export interface Problem extends Task {
  readonly id: string
  readonly family: Family
  readonly answer: string
}

/** test: asked of a trained policy. pool: may be the training example. pretrain: may be in the base's corpus. */
export type Split = "test" | "pool" | "pretrain"

/** The split is a function of the prompt's bytes, so no prompt can be in two of them. 10 % test, 10 % pool. */
export const splitOf = (prompt: string): Split => {
  const tenth = crc32(prompt) % 10
  return tenth === 0 ? "test" : tenth === 1 ? "pool" : "pretrain"
}

export const answerOf = (task: Task): number => task.results[task.results.length - 1]

/**
 * What a fabricated run is made from: its shape, its vocabulary, and numbers that follow from names.
 */
import { createHash } from "node:crypto"

export interface Shape {
  readonly runId: string
  /** Updates of the policy. */
  readonly steps: number
  /** Updates that share a batch of rollouts, each with a part of it; 1 where left out. */
  readonly updatesPerBatch?: number
  /** Whether there is a critic, and scores before each batch is learned from; not where left out. */
  readonly critic?: boolean
  /** Rollouts a batch. */
  readonly samples: number
  readonly shards: number
  readonly cohorts: number
  /** Longest response, in tokens. */
  readonly longest: number
}

/** The text of each token, by id; one is missing, as in a vocabulary that is too short. */
export const vocabulary: ReadonlyArray<string> = [
  "<eos>",
  "1",
  "2",
  " ",
  "\\boxed{",
  "}",
  "'",
  "é",
  "😀",
  "\u001b[31m",
  "\u0000"
]

/** One more than the vocabulary has. */
export const tokenIds = vocabulary.length + 1

/** The only training example. */
export const promptId = "two:0"

export const sha256 = (...parts: ReadonlyArray<unknown>): string =>
  createHash("sha256").update(parts.join("/")).digest("hex")

/** A number from 0 up to 1 that follows from its names. */
export const chance = (...names: ReadonlyArray<unknown>): number =>
  createHash("sha256").update(names.join("/")).digest().readUInt32LE() / 2 ** 32

/** SHA-256 of the weights after so many updates. */
export const policyOf = (runId: string, step: number): string => sha256(runId, "policy", step)

/** SHA-256 of the critic's weights after so many updates. */
export const criticOf = (runId: string, step: number): string => sha256(runId, "critic", step)

/** One number for each token that follows from names, from 0 to `scale`. */
export const perToken = (length: number, scale: number, ...names: ReadonlyArray<unknown>): Float32Array => {
  const first = chance(...names)
  return Float32Array.from({ length }, (_, i) => scale * ((first + i * 0.618034) % 1))
}

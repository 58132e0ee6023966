/**
 * Made-up gradients of a small run, and the fold of them done by hand: what a policy chain must come to.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { type FoldState, foldGradients, initialFold } from "../../learning/objective/fold.ts"
import { encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { sequence } from "../../learning/random/sequence.ts"
import type { Run } from "../runs.ts"
import { baseArtifact, baseWeights, layout, smallRun } from "../small-run.fixture.ts"
import { policyFolding } from "./foldings.ts"

export const shards = 2

/** The gradient of one shard of one step, the same whenever it is asked for. */
const gradientOf = (step: number, shard: number): Float32Array => {
  const random = sequence(step, shard)
  return Float32Array.from({ length: layout.size }, () => random.uniform() - 0.5)
}

export const gradientsOf = (step: number): ReadonlyArray<Float32Array> =>
  Array.from({ length: shards }, (_, shard) => gradientOf(step, shard))

const sha256 = (...parts: ReadonlyArray<Uint8Array>): string => {
  const digest = createHash("sha256")
  for (const part of parts) digest.update(part)
  return digest.digest("hex")
}

/** Hashes of a step's gradients, in shard order. */
export const gradientHashes = (step: number): ReadonlyArray<string> =>
  gradientsOf(step).map((gradient) => sha256(encodeParameters(layout, gradient)))

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.slice().buffer)

/** A policy as the fold by hand has it. */
export interface ByHand {
  readonly state: FoldState
  readonly policyHash: string
  readonly optimizerHash: string
  /** Of the fold that led to it; 0 for the base. */
  readonly gradientNorm: number
}

const described = (state: FoldState, gradientNorm: number): ByHand => ({
  state,
  policyHash: sha256(encodeParameters(layout, state.weights)),
  optimizerHash: sha256(bytesOf(state.firstMoment), bytesOf(state.secondMoment)),
  gradientNorm
})

/** Policies 0 to `steps`, folded one after the other. */
export const foldByHand = (steps: number, run: Run = smallRun()): ReadonlyArray<ByHand> => {
  const policies = [described(initialFold(baseWeights.slice()), 0)]
  for (let step = 0; step < steps; step++) {
    const { gradientNorm, state } = foldGradients(
      policies[step].state,
      gradientsOf(step),
      policyFolding(run).settingsAt(step)
    )
    policies.push(described(state, gradientNorm))
  }
  return policies
}

/** Stores the base and the gradients of these steps. */
export const storeGradients = Effect.fn("storeGradients")(function* (steps: number) {
  const artifacts = yield* Artifacts
  yield* artifacts.store(baseArtifact)
  for (let step = 0; step < steps; step++)
    for (const gradient of gradientsOf(step)) yield* artifacts.store(encodeParameters(layout, gradient))
})

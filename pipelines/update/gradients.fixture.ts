/**
 * Made-up gradients of a small run, and the fold of them done by hand: what a chain of policies, or of critics, must come
 * to.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { type FoldSettings, type FoldState, foldGradients, initialFold } from "../../learning/objective/fold.ts"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import type { ParameterLayout } from "../../learning/policy/parameters.ts"
import { sequence } from "../../learning/random/sequence.ts"
import type { Run } from "../runs.ts"
import { baseArtifact, baseWeights, criticArtifact, criticLayout, layout, smallRun } from "../small-run.fixture.ts"
import { policyFolding } from "./foldings.ts"

export const shards = 2

/** The gradient of one shard of one step, the same whenever it is asked for. */
const gradientOf = (step: number, shard: number, { size }: ParameterLayout): Float32Array => {
  const random = sequence(step, shard)
  return Float32Array.from({ length: size }, () => random.uniform() - 0.5)
}

export const gradientsOf = (step: number, of: ParameterLayout = layout): ReadonlyArray<Float32Array> =>
  Array.from({ length: shards }, (_, shard) => gradientOf(step, shard, of))

const sha256 = (...parts: ReadonlyArray<Uint8Array>): string => {
  const digest = createHash("sha256")
  for (const part of parts) digest.update(part)
  return digest.digest("hex")
}

/** Hashes of a step's gradients, in shard order. */
export const gradientHashes = (step: number, of: ParameterLayout = layout): ReadonlyArray<string> =>
  gradientsOf(step, of).map((gradient) => sha256(encodeParameters(of, gradient)))

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.slice().buffer)

/** L2 norms of the sum of gradients, parameter by parameter. */
const normsOf = ([first, ...others]: ReadonlyArray<Float32Array>, of: ParameterLayout): ReadonlyArray<number> => {
  const sum = first.map((value, i) => others.reduce((so, other) => Math.fround(so + other[i]), value))
  return of.parameters.map(({ offset, size }) =>
    Math.sqrt(sum.slice(offset, offset + size).reduce((squares, value) => squares + value * value, 0))
  )
}

/** Weights as the fold by hand has them. */
export interface ByHand {
  readonly state: FoldState
  readonly policyHash: string
  readonly optimizerHash: string
  /** Of the fold that led to it; 0 for the first. */
  readonly gradientNorm: number
  /** The same of each parameter's part; none for the first. */
  readonly parameterNorms: ReadonlyArray<number>
}

const folded = (
  first: Float32Array,
  steps: number,
  of: ParameterLayout,
  settingsAt: (step: number) => FoldSettings
): ReadonlyArray<ByHand> => {
  const described = (state: FoldState, gradientNorm: number, parameterNorms: ReadonlyArray<number>): ByHand => ({
    state,
    parameterNorms,
    policyHash: sha256(encodeParameters(of, state.weights)),
    optimizerHash: sha256(bytesOf(state.firstMoment), bytesOf(state.secondMoment)),
    gradientNorm
  })
  const all = [described(initialFold(first), 0, [])]
  for (let step = 0; step < steps; step++) {
    const gradients = gradientsOf(step, of)
    const { gradientNorm, state } = foldGradients(all[step].state, gradients, settingsAt(step))
    all.push(described(state, gradientNorm, normsOf(gradients, of)))
  }
  return all
}

/** Policies 0 to `steps`, folded one after the other. */
export const foldByHand = (steps: number, run: Run = smallRun()): ReadonlyArray<ByHand> =>
  folded(baseWeights.slice(), steps, layout, policyFolding(run).settingsAt)

/** Critics 0 to `steps`, likewise, by settings of their own. */
export const criticByHand = (steps: number, settings: FoldSettings): ReadonlyArray<ByHand> => {
  const first = Effect.runSync(decodeParameters(criticLayout, criticArtifact, ""))
  return folded(first.slice(), steps, criticLayout, () => settings)
}

/** Stores base and first critic, and the gradients of these steps. */
export const storeGradients = Effect.fn("storeGradients")(function* (steps: number, of: ParameterLayout = layout) {
  const artifacts = yield* Artifacts
  yield* artifacts.store(baseArtifact)
  yield* artifacts.store(criticArtifact)
  for (let step = 0; step < steps; step++)
    for (const gradient of gradientsOf(step, of)) yield* artifacts.store(encodeParameters(of, gradient))
})

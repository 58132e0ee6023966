/**
 * What pretraining does when: two phases, and the learning rate of every step.
 *
 * In the first phase the base learns to calculate; responses have no opening token. In the second it learns to open a
 * response by its style. With openers, the style of a response is decided by its first token, and that is what later
 * training can move as a whole. One single phase with openers from the start was not tried.
 */
import type { AdamWSettings } from "../../../learning/objective/adamw.ts"

export interface Phase {
  readonly name: string
  /** Whether responses begin with the opening token of their style. */
  readonly openers: boolean
  readonly steps: number
  readonly learningRate: number
}

/** The phases of the base that ships. Each begins with fresh moments and a warm-up of its own. */
export const phases: ReadonlyArray<Phase> = [
  { name: "calculate", openers: false, steps: 6_000, learningRate: 4e-3 },
  { name: "open by style", openers: true, steps: 1_200, learningRate: 1.5e-3 }
]

export const documentsPerStep = 64

/** A step is cut into so many shards of equal size, always: the bits do not depend on how many workers there are. */
export const shardsPerStep = 2

const warmUpSteps = 100
const lastShare = 0.05

/** Linear warm-up over 100 steps times a cosine from 1 to 5 % over the phase. `step` counts from 0. */
export const learningRateAt = (phase: Phase, step: number): number => {
  const warmUp = Math.min(1, (step + 1) / warmUpSteps)
  const cosine = 0.5 * (1 + Math.cos((Math.PI * step) / phase.steps))
  return phase.learningRate * warmUp * (lastShare + (1 - lastShare) * cosine)
}

export const adamW = (learningRate: number): AdamWSettings & { readonly maxGradientNorm: number } => ({
  learningRate,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: 1
})

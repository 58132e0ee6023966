/**
 * What is known of each token of an answer: from the event that sampled it, and from the gradient that learned from it.
 */
import { type KlEstimateOf, klEstimators } from "../../learning/objective/kl.ts"
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import type { ScoresComputed } from "../../schemas/scores-computed.ts"

/** What tokens can be coloured by. */
export const measures = ["log-prob", "entropy", "advantage", "ratio", "kl"] as const
export type Measure = (typeof measures)[number]

/** [T] each, of one answer; null where it was not recorded, or not yet. */
export interface TokenFigures {
  /** ln π(token) under the policy that sampled it, in nats. */
  readonly logProbs: Float32Array
  /** Entropy of the distribution each token was drawn from, in nats. */
  readonly entropies: Float32Array | null
  /** ln π(token) and entropy as the trainer computes them before the update, in nats. */
  readonly trainerLogProbs: Float32Array | null
  readonly trainerEntropies: Float32Array | null
  /** ln π(token) under the frozen reference, in nats. */
  readonly referenceLogProbs: Float32Array | null
  /** What the ratio is taken to, in nats. */
  readonly oldLogProbs: Float32Array | null
  readonly advantages: Float32Array | null
  /** exp(trainer log-prob - old log-prob). */
  readonly ratios: Float32Array | null
  /** Estimate of the KL to the reference by the run's estimator, in nats. */
  readonly kls: Float32Array | null
}

interface Packed {
  readonly rollouts: ReadonlyArray<{ readonly promptId: string; readonly sampleIndex: number; readonly length: number }>
}

interface Coordinates {
  readonly promptId: string
  readonly sampleIndex: number
}

/** Where an answer lies in arrays that hold many end to end. */
export interface Span {
  /** Which of the packed answers it is. */
  readonly index: number
  readonly from: number
  readonly length: number
}

/** Null where the answer is not among the packed ones. */
export const spanOf = ({ rollouts }: Packed, { promptId, sampleIndex }: Coordinates): Span | null => {
  let from = 0
  for (const [index, rollout] of rollouts.entries()) {
    const { length } = rollout
    if (rollout.promptId === promptId && rollout.sampleIndex === sampleIndex) return { index, from, length }
    from += length
  }
  return null
}

/** An answer's own of an array of all tokens; null where the array is empty. */
const own = (values: Float32Array, { from, length }: Span): Float32Array | null =>
  values.length === 0 ? null : values.slice(from, from + length)

/** Older events have one advantage for each answer. */
const advantagesOf = ({ advantages, logProbs }: GradientComputed, span: Span): Float32Array =>
  advantages.length === logProbs.length
    ? advantages.slice(span.from, span.from + span.length)
    : new Float32Array(span.length).fill(advantages[span.index])

const both = (
  a: Float32Array | null,
  b: Float32Array | null,
  figure: (a: number, b: number) => number
): Float32Array | null => (a === null || b === null ? null : a.map((value, t) => figure(value, b[t])))

/** What an answer was sampled with. */
interface Sampled extends Coordinates {
  readonly logProbs: Float32Array
  readonly entropies: Float32Array | null
}

/** What was computed of an answer, where it was. */
export interface Computed {
  readonly gradient: GradientComputed | null
  readonly scores: ScoresComputed | null
}

/** The figures of an answer that is trained on. */
export const trainedFigures = (sampled: Sampled, { gradient, scores }: Computed, config: RunConfig): TokenFigures => {
  const span = gradient === null ? null : spanOf(gradient, sampled)
  const scored = scores === null ? null : spanOf(scores, sampled)
  const trainer = gradient === null || span === null ? null : own(gradient.logProbs, span)
  const reference =
    (gradient === null || span === null ? null : own(gradient.referenceLogProbs, span)) ??
    (scores === null || scored === null ? null : own(scores.referenceLogProbs, scored))
  const recomputed = scores === null || scored === null ? null : own(scores.oldLogProbs, scored)
  const old = config.oldLogProbs === "recomputed" ? recomputed : sampled.logProbs
  const estimate: KlEstimateOf = klEstimators[config.klEstimator]
  return {
    logProbs: sampled.logProbs,
    entropies: sampled.entropies,
    trainerLogProbs: trainer,
    trainerEntropies: gradient === null || span === null ? null : own(gradient.entropies, span),
    referenceLogProbs: reference,
    oldLogProbs: old,
    advantages: gradient === null || span === null ? null : advantagesOf(gradient, span),
    ratios: both(trainer, old, (now, before) => Math.exp(now - before)),
    kls: both(trainer, reference, (now, frozen) => estimate(now, frozen).value)
  }
}

/** The figures of an answer to a test: nothing is learned from it. */
export const testedFigures = ({ entropies, logProbs }: Pick<Sampled, "entropies" | "logProbs">): TokenFigures => ({
  ...{ logProbs, entropies, trainerLogProbs: null, trainerEntropies: null, referenceLogProbs: null },
  ...{ oldLogProbs: null, advantages: null, ratios: null, kls: null }
})

export const measured = (figures: TokenFigures, by: Measure): Float32Array | null =>
  ({
    "log-prob": figures.logProbs,
    entropy: figures.entropies,
    advantage: figures.advantages,
    ratio: figures.ratios,
    kl: figures.kls
  })[by]

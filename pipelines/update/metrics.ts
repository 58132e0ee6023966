/**
 * What a step's figures are made of, and how the shards' and rollouts' numbers become one row.
 */
import type { GradientComputed } from "../../schemas/gradient-computed.ts"

/** What is kept of one shard: enough for the fold and the figures, not its tokens. */
export interface ShardSummary {
  readonly id: string
  readonly sha256: string
  readonly shard: number
  readonly shards: number
  readonly policyHash: string
  readonly gradientHash: string
  readonly loss: number
  readonly policyLoss: number
  readonly kl: number
  readonly entropy: number
  readonly clipFraction: number
  readonly mismatch: number
  readonly rollouts: number
  readonly tokens: number
}

/** What is kept of one verdict. */
export interface RewardSummary {
  readonly promptId: string
  readonly sampleIndex: number
  readonly reward: number | null
  readonly solved: boolean
  readonly truncated: boolean
}

export const summaryOf = (event: GradientComputed, sha256: string): ShardSummary => ({
  id: event.eventId,
  sha256,
  shard: event.shard,
  shards: event.shards,
  policyHash: event.policyHash,
  gradientHash: event.gradientHash,
  loss: event.loss,
  policyLoss: event.policyLoss,
  kl: event.kl,
  entropy: event.entropy,
  clipFraction: event.clipFraction,
  mismatch: event.mismatch,
  rollouts: event.rollouts.length,
  tokens: event.logProbs.length
})

type Placed = Pick<RewardSummary, "promptId" | "sampleIndex">

/** In the order in which groups are formed: example by example, sample by sample. */
export const inOrder = <A extends Placed>(rewards: ReadonlyArray<A>): ReadonlyArray<A> =>
  [...rewards].sort((a, b) =>
    a.promptId < b.promptId ? -1 : a.promptId > b.promptId ? 1 : a.sampleIndex - b.sampleIndex
  )

/** Share of groups in which every rollout earned the same, so that the policy loss has nothing to go by. */
export const zeroSignalShare = (rewards: ReadonlyArray<Pick<RewardSummary, "reward">>, groupSize: number): number => {
  let flat = 0
  const groups = rewards.length / groupSize
  for (let g = 0; g < groups; g++) {
    const group = rewards.slice(g * groupSize, (g + 1) * groupSize)
    if (group.every(({ reward }) => (reward ?? 0) === (group[0].reward ?? 0))) flat++
  }
  return groups === 0 ? 0 : flat / groups
}

/**
 * The figures of one step; sums run in shard order and in coordinate order. Rewards are those of the whole batch; losses and
 * lengths are of the part of it that the step learned from, and 0 where it learned from none.
 */
export const stepMetrics = (
  shards: ReadonlyArray<ShardSummary>,
  rewards: ReadonlyArray<RewardSummary>,
  settings: { readonly groupSize: number; readonly learningRate: number; readonly gradientNorm: number }
) => {
  const ordered = inOrder(rewards)
  const share = (holds: (r: RewardSummary) => boolean): number => ordered.filter(holds).length / ordered.length
  const sum = (of: (s: ShardSummary) => number): number => shards.reduce((total, shard) => total + of(shard), 0)
  const tokens = sum((s) => s.tokens)
  const rollouts = sum((s) => s.rollouts)
  return {
    loss: sum((s) => s.loss),
    policyLoss: sum((s) => s.policyLoss),
    kl: sum((s) => s.kl),
    entropy: sum((s) => s.entropy),
    clipFraction: sum((s) => s.clipFraction),
    mismatch: sum((s) => s.mismatch),
    gradientNorm: settings.gradientNorm,
    learningRate: settings.learningRate,
    rewardMean: ordered.reduce((total, { reward }) => total + (reward ?? 0), 0) / ordered.length,
    solvedShare: share(({ solved }) => solved),
    unknownCount: ordered.filter(({ reward }) => reward === null).length,
    zeroSignalGroups: zeroSignalShare(ordered, settings.groupSize),
    responseLength: rollouts === 0 ? 0 : tokens / rollouts,
    truncatedShare: share(({ truncated }) => truncated),
    tokens
  }
}

/**
 * What the critic's figures of a step are made of, and how the shards' numbers become one row.
 */
import type { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import type { CriticMetrics } from "../../schemas/critic-updated.ts"

/** Sums over tokens, in doubles from the first to the last. */
interface Sums {
  readonly tokens: number
  readonly value: number
  readonly return: number
  readonly returnSquared: number
  readonly miss: number
  readonly missSquared: number
}

/** What is kept of one shard: enough for the fold and the figures, not its tokens. */
export interface CriticShardSummary {
  readonly id: string
  readonly sha256: string
  readonly shard: number
  readonly shards: number
  readonly criticHash: string
  readonly gradientHash: string
  readonly loss: number
  readonly clipFraction: number
  readonly sums: Sums
}

const sumsOf = ({ returns, values }: CriticGradientComputed): Sums => {
  const sums = { tokens: values.length, value: 0, return: 0, returnSquared: 0, miss: 0, missSquared: 0 }
  for (let t = 0; t < values.length; t++) {
    const miss = returns[t] - values[t]
    sums.value += values[t]
    sums.return += returns[t]
    sums.returnSquared += returns[t] * returns[t]
    sums.miss += miss
    sums.missSquared += miss * miss
  }
  return sums
}

export const criticSummaryOf = (event: CriticGradientComputed, sha256: string): CriticShardSummary => ({
  id: event.eventId,
  sha256,
  shard: event.shard,
  shards: event.shards,
  criticHash: event.criticHash,
  gradientHash: event.gradientHash,
  loss: event.loss,
  clipFraction: event.clipFraction,
  sums: sumsOf(event)
})

const variance = (count: number, sum: number, squares: number): number => squares / count - (sum / count) ** 2

/** The figures of one step; sums run in shard order. */
export const criticMetrics = (
  shards: ReadonlyArray<CriticShardSummary>,
  settings: { readonly gradientNorm: number; readonly learningRate: number }
): CriticMetrics => {
  const sum = (of: (shard: CriticShardSummary) => number): number =>
    shards.reduce((total, shard) => total + of(shard), 0)
  const total = (name: keyof Sums): number => sum(({ sums }) => sums[name])
  const tokens = total("tokens")
  const spread = variance(tokens, total("return"), total("returnSquared"))
  const left = variance(tokens, total("miss"), total("missSquared"))
  return {
    loss: sum(({ loss }) => loss),
    clipFraction: sum(({ clipFraction }) => clipFraction),
    ...settings,
    valueMean: total("value") / tokens,
    returnMean: total("return") / tokens,
    // What rounding leaves of a variance of 0 explains nothing.
    explainedVariance: spread > 1e-12 ? 1 - left / spread : 0
  }
}

/**
 * How large the science is. The defaults are what docs/science.md reports; tests ask for less.
 */
import type { ArmName } from "./arms.ts"
import { armNames } from "./arms.ts"

/** A training seed and the seed of its held-out problems. */
export interface Seeds {
  readonly seed: number
  readonly testSeed: number
}

export interface Sizes {
  readonly preset: string
  readonly steps: number
  /** `key=value` over all runs. */
  readonly set: ReadonlyArray<string>
  readonly arms: ReadonlyArray<ArmName>
  readonly seeds: ReadonlyArray<Seeds>
  /** The sweep's examples are the first of the pool as `random:N:SEED` draws them. */
  readonly sweep: Seeds & { readonly examples: number; readonly drawSeed: number }
  /** So many of them are run once more, each as a process of its own. */
  readonly singles: number
  /** Runs side by side. */
  readonly parallel: number
}

/** Fresh seeds: drawn after every choice was frozen, and used nowhere else. */
export const fullSizes: Sizes = {
  preset: "mini",
  steps: 60,
  set: [],
  arms: armNames,
  seeds: [
    { seed: 201, testSeed: 9201 },
    { seed: 202, testSeed: 9202 },
    { seed: 203, testSeed: 9203 }
  ],
  sweep: { examples: 48, drawSeed: 205, seed: 204, testSeed: 9204 },
  singles: 12,
  parallel: 2
}

/** As `--examples` takes them. */
export const sweepExamples = ({ sweep: { drawSeed, examples } }: Sizes): string => `random:${examples}:${drawSeed}`

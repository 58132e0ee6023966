/**
 * One step of a fold, of policy and critic alike: the collected gradients must be of the weights that the fold of the log
 * gives, and take them one link further.
 */
import { Effect, Schema } from "effect"
import type { Sha256 } from "../../schemas/ids.ts"
import type { Run } from "../runs.ts"
import { type ChainHistory, FoldChain } from "./fold-chain.ts"
import type { Folding } from "./foldings.ts"

/** The gradients at hand belong to other weights than those they shall be applied to. */
export class ChainBroken extends Schema.TaggedError<ChainBroken>()("ChainBroken", {
  runId: Schema.String,
  step: Schema.Int,
  what: Schema.Literals(["policy", "critic"]),
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId}, step ${this.step}: gradients were taken of ${this.what} ${this.expected}, but the fold of the log gives ${this.actual}; restore the data folder from a copy, or start the run anew`
  }
}

/** A shard's gradient, and the weights it was taken of. */
interface Gradient {
  readonly gradientHash: Sha256
  readonly takenOf: Sha256
}

/** Fails with ChainBroken, and with what the chain fails with. */
export const foldStep = Effect.fn("foldStep")(function* (
  { config, runId }: Run,
  folding: Folding,
  step: number,
  history: ChainHistory,
  gradients: ReadonlyArray<Gradient>
) {
  const chain = yield* FoldChain
  const before = yield* chain.at(folding, step, history)
  const odd = gradients.find(({ takenOf }) => takenOf !== before)
  if (odd !== undefined)
    return yield* new ChainBroken({ runId, step, what: folding.what, expected: odd.takenOf, actual: before })
  const isSnapshot = (step + 1) % config.snapshotEvery === 0 || step + 1 === config.steps
  const hashes = gradients.map(({ gradientHash }) => gradientHash)
  return { before, hashes, after: yield* chain.advance(folding, step, hashes, isSnapshot) }
})

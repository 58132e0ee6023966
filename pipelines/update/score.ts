/**
 * score: ScoresRequested -> ScoresComputed
 *
 * What advantages and ratios need of one shard beside its rewards: log-probs under the policy it was sampled from and
 * under the reference, and the critic's values.
 */
import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import { ScoresComputed } from "../../schemas/scores-computed.ts"
import type { ScoresRequested } from "../../schemas/scores-requested.ts"
import { Runs } from "../runs.ts"
import { decodeShard } from "./pack.ts"

/** One shard for each engine worker: what a kill may cost. */
const shardsAtOnce = 2

const none = Effect.succeed(new Float32Array(0))

const compute = Effect.fn("score.compute")(function* (delivered: Delivered<ScoresRequested>) {
  const { criticHash, packedHash, policyHash, referenceHash, runId, shard, shards, step } = delivered.event
  const { config } = yield* (yield* Runs).of(runId)
  const engine = yield* PolicyEngine
  const { batch, rollouts } = yield* decodeShard(yield* (yield* Artifacts).load(packedHash))
  const logProbs = (weights: string | null) =>
    weights === null ? none : Effect.map(engine.score(weights, batch, config.temperature), (scores) => scores.logProbs)
  return new ScoresComputed({
    runId,
    step,
    causes: [causeOf(delivered)],
    shard,
    shards,
    packedHash,
    rollouts,
    oldLogProbs: yield* logProbs(policyHash),
    referenceLogProbs: yield* logProbs(referenceHash),
    values: yield* criticHash === null ? none : engine.values(criticHash, batch)
  })
})

export const score = {
  name: "score",
  consumes: ["ScoresRequested"],
  maxBatch: shardsAtOnce,
  handle: (requests: ReadonlyArray<Delivered<ScoresRequested>>) =>
    Effect.forEach(requests, compute, { concurrency: "unbounded" })
} satisfies Stage<"ScoresRequested", unknown, Artifacts | PolicyEngine | Runs>

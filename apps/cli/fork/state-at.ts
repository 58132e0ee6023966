/**
 * Weights and moments of a run at a step, folded again and stored whole, so that another run can go on from there.
 */
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import type { FoldState } from "../../../learning/objective/fold.ts"
import { encodeParameters } from "../../../learning/policy/checkpoint/checkpoint.ts"
import { criticOf, type Folding, policyFolding } from "../../../pipelines/update/foldings.ts"
import { stateHashes } from "../../../pipelines/update/refold.ts"
import { encodeSnapshot } from "../../../pipelines/update/snapshot.ts"
import type { Fork } from "../../../schemas/run-config.ts"
import type { RecordedRun } from "../recorded.ts"
import { foldedRun, type Generation } from "../replay/lineage.ts"
import { type Refolded, refoldLineage } from "../replay/refold-lineage.ts"
import { refuseDifference } from "../replay/replay.ts"

const stored = Effect.fn("stateAt.stored")(function* (folding: Folding, state: FoldState) {
  const artifacts = yield* Artifacts
  const { hash, optimizerHash: optimizer } = stateHashes(folding, state)
  yield* artifacts.store(encodeParameters(folding.layout, state.weights))
  return { hash, optimizer, state: yield* artifacts.store(encodeSnapshot(state)) }
})

/** Folds from the nearest snapshot; where there is none that can be read, from the first weights. */
const foldedTo = Effect.fn("stateAt.folded")(function* (
  recorded: RecordedRun,
  lineage: ReadonlyArray<Generation>,
  step: number
) {
  const fold = (isWhole: boolean) => refoldLineage({ lineage, to: step, isWhole, onStep: () => Effect.void })
  const near = yield* fold(false)
  const folded: Refolded = near.firstDifferent === null ? near : yield* fold(true)
  yield* refuseDifference(recorded, folded)
  return folded
})

/** Where a run leaves another one. Fails with ReplayDiffers where that one's past is not as recorded. */
export const stateAt = Effect.fn("stateAt")(function* (
  recorded: RecordedRun,
  lineage: ReadonlyArray<Generation>,
  step: number
) {
  const { critic, policy } = yield* foldedTo(recorded, lineage, step)
  const run = yield* foldedRun(lineage[lineage.length - 1])
  const { runId } = recorded.started
  if (policy === null) return yield* Effect.die(new Error(`run ${runId} was not folded`))
  const fork: Fork = {
    run: runId,
    step,
    policy: yield* stored(policyFolding(run), policy),
    ...(critic === null ? {} : { critic: yield* stored((yield* criticOf(run)).folding, critic) })
  }
  return fork
})

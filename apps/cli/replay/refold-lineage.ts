/**
 * A run, with the past that it shares, folded again from what is recorded and compared with it, step by step.
 */
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import type { FoldState } from "../../../learning/objective/fold.ts"
import { criticOf, type Folding, policyFolding } from "../../../pipelines/update/foldings.ts"
import {
  beginFold,
  compareStep,
  type Difference,
  orDifference,
  type RecordedFold,
  type Refolding,
  refoldStep
} from "../../../pipelines/update/refold.ts"
import { foldedRun, type Generation } from "./lineage.ts"
import { type RecordedFolds, recordedFolds } from "./recorded-folds.ts"

export interface Refolded {
  /** Steps that were compared and found equal. */
  readonly equal: number
  /** Steps that were to be compared. */
  readonly of: number
  readonly firstDifferent: Difference | null
  /** Where it began: 0, or a snapshot. */
  readonly from: number
  /** The last step that was folded, with the states there. */
  readonly reached: number
  readonly policy: FoldState | null
  readonly critic: FoldState | null
  /** What of the log could not be read, in words. */
  readonly damage: ReadonlyArray<string>
}

export interface Refold {
  /** The run, and before it those that its past lies in. */
  readonly lineage: ReadonlyArray<Generation>
  /** The last step. */
  readonly to: number
  /** Every step compared, from the first weights on; else only the last one, from the nearest snapshot. */
  readonly isWhole: boolean
  readonly onStep: (step: number) => Effect.Effect<void>
}

/** A generation with all that its steps are folded with. */
interface Work {
  readonly from: number
  readonly to: number
  readonly folds: ReadonlyArray<{ readonly folding: Folding; readonly recorded: RecordedFold }>
}

const workOf = Effect.fn("refold.work")(function* (generation: Generation, to: number, folds: RecordedFolds) {
  const run = yield* foldedRun(generation)
  const critic = generation.config.critic === undefined ? null : (yield* criticOf(run)).folding
  const work: Work = {
    from: generation.from,
    to,
    folds: [
      { folding: policyFolding(run), recorded: folds.policy },
      ...(critic === null ? [] : [{ folding: critic, recorded: folds.critic }])
    ]
  }
  return work
})

/** The newest step at or before `to` at which everything was stored whole, and is still there. */
const nearestSnapshot = Effect.fn("refold.nearestSnapshot")(function* ({ folds }: Work, to: number) {
  const artifacts = yield* Artifacts
  const candidates = [...folds[0].recorded.links.keys()].filter((step) => step <= to).sort((a, b) => b - a)
  for (const step of candidates) {
    const hashes = folds.map(({ recorded }) => recorded.links.get(step)?.snapshotHash ?? null)
    const isThere = yield* Effect.forEach(hashes, (hash) =>
      hash === null ? Effect.succeed(false) : artifacts.has(hash)
    )
    if (isThere.every((each) => each)) return { step, hashes }
  }
  const begun = folds.map(({ folding }) => folding.begun)
  const [first] = begun
  return first === null ? null : { step: first.step, hashes: begun.map((each) => each?.hash ?? null) }
})

/** Folds in hand, begun from the first weights or from a snapshot's. */
const begin = (work: Work, hashes: ReadonlyArray<string | null>, into: Array<Refolding>) =>
  Effect.forEach(
    work.folds,
    ({ folding, recorded }, i) =>
      Effect.map(beginFold(folding, hashes[i] ?? null), (state) => {
        into.push({ folding, recorded, state, sum: new Float32Array(folding.layout.size) })
      }),
    { discard: true }
  )

/** Policy and critic one step further, or compared there; null, or the first difference of either. */
const each = (refoldings: ReadonlyArray<Refolding>, act: typeof refoldStep | typeof compareStep, step: number) =>
  Effect.gen(function* () {
    for (const refolding of refoldings) {
      const difference = yield* act(refolding, step)
      if (difference !== null) return difference
    }
    return null
  })

/** Where the fold of a lineage begins, and which of its generations are folded. */
const planOf = Effect.fn("refold.plan")(function* (works: ReadonlyArray<Work>, isWhole: boolean, to: number) {
  const last = works.findLastIndex(({ from }) => from <= to)
  if (isWhole) return { from: 0, hashes: [], works: works.slice(0, last + 1) }
  const start = yield* nearestSnapshot(works[last], to)
  return { from: start?.step ?? 0, hashes: start?.hashes ?? [], works: works.slice(last, last + 1) }
})

const worksOf = Effect.fn("refold.works")(function* (lineage: ReadonlyArray<Generation>, to: number) {
  const recorded = yield* Effect.forEach(lineage, (generation) => recordedFolds(generation.recorded, generation.config))
  const works = yield* Effect.forEach(lineage, (generation, i) =>
    workOf(generation, Math.min(to, lineage[i + 1]?.from ?? to), recorded[i])
  )
  return { works, damage: recorded.flatMap(({ damage }) => damage) }
})

/** Folds again and compares. Damage is told as a difference, with how far everything held. */
export const refoldLineage = Effect.fn("refold.lineage")(function* ({ isWhole, lineage, onStep, to }: Refold) {
  const { damage, works } = yield* worksOf(lineage, to)
  const plan = yield* planOf(works, isWhole, to)
  const of = isWhole ? to : 1
  let equal = 0
  let refoldings: Array<Refolding> = []
  let reached = plan.from
  const ended = (firstDifferent: Difference | null): Refolded => ({
    ...{ equal, of, firstDifferent, from: plan.from, reached, damage },
    policy: refoldings[0]?.state ?? null,
    critic: refoldings[1]?.state ?? null
  })
  const beginning = { step: plan.from, shard: null, what: isWhole ? "first weights" : "snapshot" }
  const unbegun = yield* begin(plan.works[0], plan.hashes, refoldings).pipe(orDifference(beginning))
  if (unbegun !== null) return ended(unbegun)
  for (const { folds, from, to: end } of plan.works) {
    // What is in hand goes on under the settings of the generation that leaves here.
    refoldings = refoldings.map((refolding, i) => ({ ...refolding, ...folds[i] }))
    const apart = isWhole && from > 0 ? yield* each(refoldings, compareStep, from) : null
    if (apart !== null) return ended(apart)
    for (let step = Math.max(from, plan.from); step < end; step++) {
      const stopped = yield* each(refoldings, refoldStep, step)
      if (stopped !== null) return ended(stopped)
      const different = isWhole || step + 1 === to ? yield* each(refoldings, compareStep, step + 1) : null
      if (different !== null) return ended(different)
      reached = step + 1
      if (isWhole || reached === to) equal++
      yield* onStep(reached)
    }
  }
  if (!isWhole && plan.from === to) {
    // A snapshot that was asked for itself is compared as it is; first weights were, when they were read.
    const different = to === 0 ? null : yield* each(refoldings, compareStep, to)
    if (different !== null) return ended(different)
    equal++
  }
  return ended(null)
})

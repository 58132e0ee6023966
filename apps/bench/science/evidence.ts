/**
 * Everything that the page reports, asked of the history by SQL. Statistics and words come after it.
 */
import { Effect, Schema } from "effect"
import { scoresOf } from "../../../learning/selection/scores.ts"
import { History } from "../../../platform/history/history.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { historiesOfRun } from "../../cli/rank-of-run.ts"
import { figuresOf } from "../../cli/sweep/figures.ts"
import type { Pairs, Swept } from "../../cli/sweep/ranking.ts"
import type { ArmName } from "./arms.ts"
import type { PlannedArm, SciencePlan } from "./plan.ts"
import { atWorkQuery, type Compared, comparedQuery, evaluationsQuery, trainingCurvesQuery } from "./queries.ts"
import { meanOf, pooled } from "./statistics.ts"

/** 64-bit counts may come as text. */
const Whole = Schema.Union([Schema.Int, Schema.FiniteFromString])

const Evaluation = Schema.Struct({
  ...{ run: Schema.String, step: Whole, protocol: Schema.String, family: Schema.String, problems: Whole },
  ...{ accuracy: Schema.Finite, low: Schema.Finite, high: Schema.Finite, passAtK: Schema.Finite, boxed: Schema.Finite }
})
export type Evaluation = typeof Evaluation.Type

const Training = Schema.Struct({ run: Schema.String, step: Whole, reward: Schema.Finite, solved: Schema.Finite })
export type Training = typeof Training.Type

const Paired = Schema.Struct({
  ...{ run: Schema.String, step: Whole, other: Schema.String, otherStep: Whole, family: Schema.String },
  ...{ problems: Whole, before: Whole, after: Whole, won: Whole, lost: Whole }
})
type Paired = typeof Paired.Type

const AtWork = Schema.Struct({ seconds: Schema.Finite })

const rowsOf = Effect.fn("science.rows")(function* <A>(schema: Schema.Codec<A, unknown>, sql: string) {
  const answer = yield* (yield* History).query(sql, "json")
  return yield* Effect.forEach(answer.split("\n").filter(Boolean), (line) =>
    Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(line)
  )
})

/** Two arms of one seed: answers to the same problems by their last policies. */
export interface Comparison {
  readonly arm: ArmName
  readonly other: ArmName
  readonly pairs: Pairs
}

export interface ArmRun {
  readonly planned: PlannedArm
  readonly figures: Swept
  readonly training: ReadonlyArray<Training>
  /** Held-out and training evaluations, those of the base as step 0. */
  readonly evaluations: ReadonlyArray<Evaluation>
  /** Base against last policy, family by family. */
  readonly families: ReadonlyMap<string, Pairs>
  /** First evaluation at or after saturation against the last policy; null where training does not saturate before it. */
  readonly afterSaturation: Pairs | null
}

export interface Scored {
  readonly example: string
  readonly score: number
  readonly gain: number
}

export interface Evidence {
  readonly runs: ReadonlyArray<ArmRun>
  readonly comparisons: ReadonlyArray<Comparison>
  readonly sweep: ReadonlyArray<Swept>
  /** Seconds in which the sweep was at work, by what it recorded. */
  readonly sweepAtWork: number
  /** Seconds that all runs took, each by itself. */
  readonly seconds: number
  /** The sweep's examples with their spread in the runs on the full set. */
  readonly scored: ReadonlyArray<Scored>
}

/** Arms that are compared with each other beside the base. */
const comparedArms: ReadonlyArray<readonly [ArmName, ArmName]> = [
  ["two-examples", "one-good-example"],
  ["one-good-example", "one-bad-example"],
  ["one-good-example", "wrong-label"]
]

const pairsOf = (rows: ReadonlyArray<Paired>, { other, otherStep, run, step }: Compared): ReadonlyArray<Paired> =>
  rows.filter((row) => row.run === run && row.step === step && row.other === other && row.otherStep === otherStep)

/** The first held-out evaluation from saturation on, where it is not the last. */
export const saturatedEvaluation = (
  saturation: number | null,
  evaluations: ReadonlyArray<Pick<Evaluation, "step" | "protocol" | "family">>,
  last: number
): number | null => {
  if (saturation === null) return null
  const steps = evaluations
    .filter(({ family, protocol, step }) => family === "all" && protocol === "greedy" && step >= saturation)
    .map(({ step }) => step)
  const first = Math.min(...steps)
  return first < last ? first : null
}

interface Begun {
  readonly planned: PlannedArm
  readonly figures: Swept
  readonly evaluations: ReadonlyArray<Evaluation>
  readonly base: Compared
  readonly saturated: Compared | null
}

const begunOf = (planned: PlannedArm, figures: Swept, all: ReadonlyArray<Evaluation>): Begun => {
  const { baseRun, config, runId: run } = planned
  const { steps: step } = config
  const evaluations = all.filter((row) => row.run === run || (row.run === baseRun && !row.protocol.startsWith("train")))
  const from = saturatedEvaluation(figures.saturation, evaluations, step)
  return {
    ...{ planned, figures, evaluations },
    base: { run, step, other: baseRun, otherStep: 0 },
    saturated: from === null ? null : { run, step, other: run, otherStep: from }
  }
}

const armPairs = (arms: ReadonlyArray<PlannedArm>) =>
  comparedArms.flatMap(([name, otherName]) =>
    arms
      .filter(({ arm }) => arm.name === name)
      .flatMap(({ config, runId, seed }) =>
        arms
          .filter((each) => each.arm.name === otherName && each.seed === seed)
          .map((other) => {
            const compared: Compared = {
              run: runId,
              step: config.steps,
              other: other.runId,
              otherStep: other.config.steps
            }
            return { arm: name, other: otherName, compared }
          })
      )
  )

/** Spread of the sweep's examples in the runs on the full set, a mean over the runs that saw an example, and their gains. */
const scoredOf = (
  histories: ReadonlyArray<ReadonlyMap<string, number>>,
  sweep: ReadonlyArray<Swept>
): ReadonlyArray<Scored> =>
  sweep.flatMap(({ example, lost, problems, won }) => {
    const scores = histories.flatMap((history) => history.get(example) ?? [])
    return scores.length === 0 ? [] : [{ example, score: meanOf(scores), gain: (won - lost) / problems }]
  })

/** Examples of a run with their scores, by the run's own recorded rewards. */
const scoresOfRun = Effect.fn("science.scoresOfRun")(function* (dataDir: string, run: RunId) {
  const { histories } = yield* historiesOfRun(dataDir, run)
  const scores = scoresOf("std", histories, 0)
  return new Map(histories.map(({ index }, i) => [index, scores[i]]))
})

const armRunsOf = Effect.fn("science.armRuns")(function* ({ arms, bases }: SciencePlan) {
  const ids = arms.map(({ runId }) => runId)
  const figures = new Map((yield* figuresOf(ids)).map((each) => [each.run, each]))
  const evaluations = yield* rowsOf(Evaluation, evaluationsQuery([...bases.map(({ runId }) => runId), ...ids]))
  const training = yield* rowsOf(Training, trainingCurvesQuery(ids))
  const begun = arms.flatMap((planned) => {
    const own = figures.get(planned.runId)
    return own === undefined ? [] : [begunOf(planned, own, evaluations)]
  })
  const between = armPairs(begun.map(({ planned }) => planned))
  const asked = [
    ...begun.flatMap(({ base, saturated }) => (saturated === null ? [base] : [base, saturated])),
    ...between.map(({ compared }) => compared)
  ]
  const paired = asked.length === 0 ? [] : yield* rowsOf(Paired, comparedQuery(asked))
  const runs = begun.map(
    ({ base, evaluations, figures, planned, saturated }): ArmRun => ({
      ...{ planned, figures, evaluations },
      training: training.filter(({ run }) => run === planned.runId),
      families: new Map(pairsOf(paired, base).map((row) => [row.family, row])),
      afterSaturation: saturated === null ? null : pooled(pairsOf(paired, saturated))
    })
  )
  const comparisons = between.map(
    ({ arm, compared, other }): Comparison => ({ arm, other, pairs: pooled(pairsOf(paired, compared)) })
  )
  return { runs, comparisons }
})

/** Asks everything. @param dataDir where the runs are recorded */
export const evidenceOf = Effect.fn("science.evidence")(function* (plan: SciencePlan, dataDir: string) {
  const { comparisons, runs } = yield* armRunsOf(plan)
  const swept = plan.sweep.runs.map(({ runId }) => runId)
  const sweep = yield* figuresOf(swept)
  const [{ seconds: sweepAtWork }] = yield* rowsOf(AtWork, atWorkQuery([plan.sweep.base.runId, ...swept]))
  const histories = yield* Effect.forEach(
    runs.filter(({ planned }) => planned.arm.name === "full-set"),
    ({ planned }) => scoresOfRun(dataDir, planned.runId)
  )
  const seconds = [...runs.map(({ figures }) => figures), ...sweep].reduce((sum, run) => sum + run.seconds, 0)
  const evidence: Evidence = { runs, comparisons, sweep, sweepAtWork, seconds, scored: scoredOf(histories, sweep) }
  return evidence
})

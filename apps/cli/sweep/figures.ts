/**
 * The figures of a sweep's runs, asked of the history by SQL.
 */
import { Effect, Schema } from "effect"
import { History } from "../../../platform/history/history.ts"
import type { RunId } from "../../../schemas/ids.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import type { PlannedRun } from "./plan.ts"
import { gainsQuery, heldQuery, runsQuery, secondsQuery, tokensQuery, trainingQuery } from "./queries.ts"
import type { Swept } from "./ranking.ts"

/** 64-bit counts may come as text. */
const Whole = Schema.Union([Schema.Int, Schema.FiniteFromString])

const Begun = Schema.Struct({ run: Schema.String, example: Schema.String, seed: Whole, policy: Schema.String })
const Pairs = Schema.Struct({
  run: Schema.String,
  problems: Whole,
  before: Whole,
  after: Whole,
  won: Whole,
  lost: Whole
})
const Training = Schema.Struct({
  run: Schema.String,
  zeroSignalGroups: Schema.Finite,
  saturation: Schema.NullOr(Whole)
})
const Tokens = Schema.Struct({ run: Schema.String, tokens: Whole })
const Seconds = Schema.Struct({ run: Schema.String, seconds: Schema.Finite })
const Held = Schema.Struct({
  run: Schema.String,
  finished: Whole,
  policies: Whole,
  tokensKept: Whole,
  answers: Whole,
  evaluations: Whole
})

/** The rows of an answer by run. */
const rowsOf = Effect.fn("sweep.rows")(function* <A extends { readonly run: string }>(
  schema: Schema.Codec<A, unknown>,
  sql: string
) {
  const answer = yield* (yield* History).query(sql, "json")
  const rows = yield* Effect.forEach(answer.split("\n").filter(Boolean), (line) =>
    Schema.decodeUnknownEffect(Schema.fromJsonString(schema))(line)
  )
  return new Map(rows.map((row) => [row.run, row]))
})

/** What the history says of those of these runs that are finished, in the order given. */
export const figuresOf = Effect.fn("sweep.figures")(function* (runs: ReadonlyArray<RunId>) {
  if (runs.length === 0) return []
  const begun = yield* rowsOf(Begun, runsQuery(runs))
  const pairs = yield* rowsOf(Pairs, gainsQuery(runs))
  const training = yield* rowsOf(Training, trainingQuery(runs))
  const tokens = yield* rowsOf(Tokens, tokensQuery(runs))
  const seconds = yield* rowsOf(Seconds, secondsQuery(runs))
  return runs.flatMap((run): ReadonlyArray<Swept> => {
    const [own, paired, trained] = [begun.get(run), pairs.get(run), training.get(run)]
    const [made, took] = [tokens.get(run), seconds.get(run)]
    if (own === undefined || paired === undefined || trained === undefined) return []
    return [{ ...own, ...paired, ...trained, tokens: made?.tokens ?? 0, seconds: took?.seconds ?? 0 }]
  })
})

/** Answers and evaluations that a finished run leaves behind. */
const expectedOf = ({ evaluation, prompts, steps }: RunConfig, heldOut: number) => {
  const { baseRun, everySteps, samples } = evaluation
  const train = prompts.length * samples
  const whole = { answers: heldOut * (1 + samples) + train, evaluations: 3 }
  if (steps === 0) return whole
  const first = baseRun === undefined ? whole : { answers: train, evaluations: 1 }
  const between = Math.ceil(steps / everySteps) - 1
  return {
    answers: first.answers + between * heldOut + whole.answers,
    evaluations: first.evaluations + between + whole.evaluations
  }
}

/** Those of these finished runs of which the history lacks rows, because a kill came first. */
export const lackingOf = Effect.fn("sweep.lacking")(function* (finished: ReadonlyArray<PlannedRun>, heldOut: number) {
  if (finished.length === 0) return []
  const held = yield* rowsOf(Held, heldQuery(finished.map(({ runId }) => runId)))
  return finished.filter(({ config, runId }) => {
    const row = held.get(runId)
    const { answers, evaluations } = expectedOf(config, heldOut)
    return !(
      row !== undefined &&
      row.finished === 1 &&
      row.policies === config.steps &&
      row.tokensKept === 1 &&
      row.answers === answers &&
      row.evaluations === evaluations
    )
  })
})

/**
 * A run's own accuracies, from its history by SQL: for each of its training examples, the mean reward of its rollouts
 * step by step.
 *
 * A reward that is unknown counts as 0, as the reference counts it. A step counts once its batch has made a policy and
 * every rollout that was asked of the example has its verdict, so that a live run is ranked by whole steps.
 */
import { Effect, Schema } from "effect"
import { nearest } from "../../learning/nearest.ts"
import type { ExampleHistory, Histories } from "../../learning/selection/histories.ts"
import { historyError } from "../../platform/history/history-error.ts"
import { querySomehow } from "../../platform/history/live.ts"
import { existingDataFolder } from "./data-folder.ts"
import { RunNotFound } from "./recorded.ts"

export class NothingToRank extends Schema.TaggedError<NothingToRank>()("NothingToRank", { run: Schema.String }) {
  override get message(): string {
    return `run ${this.run} has no step whose rollouts are all graded, so there is nothing to rank; ask again after its first step`
  }
}

const Started = Schema.fromJsonString(Schema.Struct({ run: Schema.String }))

/** What is asked of a configuration, whatever version wrote the rest of it. */
const Config = Schema.Struct({
  prompts: Schema.NonEmptyArray(
    Schema.Struct({
      ...{ promptId: Schema.String, text: Schema.String, answer: Schema.String },
      trueAnswer: Schema.optionalKey(Schema.String)
    })
  )
})

const Told = Schema.fromJsonString(
  Schema.Struct({
    config: Schema.fromJsonString(Config),
    histories: Schema.Array(Schema.Tuple([Schema.String, Schema.Array(Schema.Finite)]))
  })
)

const startedRuns = "SELECT run FROM runs WHERE kind = 'started' ORDER BY time, _offset"

/**
 * One row: the run's configuration, and for each example its mean rewards in the order of steps.
 *
 * @param run a recorded run's name, which holds letters, digits and "-" only
 */
const toldOf = (run: string): string => {
  const ofRun = `run = '${run}'`
  return `
WITH
  asked AS (
    SELECT step, prompt, sum(count) AS rollouts
    FROM requests ARRAY JOIN prompts AS prompt, samples AS count
    WHERE ${ofRun} AND kind = 'rollouts'
    GROUP BY step, prompt
  ),
  graded AS (
    SELECT step, prompt, count() AS rollouts,
      arrayAvg(arrayMap(each -> each.2, arraySort(groupArray((sample, ifNull(reward, 0)))))) AS accuracy
    FROM verdicts
    WHERE ${ofRun} AND step IN (SELECT step - 1 FROM policies WHERE ${ofRun})
    GROUP BY step, prompt
  ),
  histories AS (
    SELECT prompt, arrayMap(each -> each.2, arraySort(groupArray((step, accuracy)))) AS history
    FROM graded INNER JOIN asked USING (step, prompt, rollouts)
    GROUP BY prompt
  )
SELECT config, (SELECT groupArray((prompt, history)) FROM histories) AS histories
FROM runs WHERE ${ofRun} AND kind = 'started' LIMIT 1`
}

const told = <A>(schema: Schema.Codec<A, unknown>, root: string, line: string) =>
  Effect.mapError(Schema.decodeUnknownEffect(schema)(line), ({ message }) =>
    historyError("incomplete", root, `it does not tell a run as this version knows them: ${message}`)
  )

export interface RankedRun {
  readonly run: string
  /** Its training examples, in order. */
  readonly prompts: (typeof Config.Type)["prompts"]
  /** In the order of the run's configuration; each example's label is the answer that the run rewards. */
  readonly histories: Histories
  /** Examples without a whole step so far. */
  readonly unseen: ReadonlyArray<string>
}

/**
 * The accuracies that a run recorded, also while it is live.
 *
 * Fails with RunNotFound, NothingToRank, and as the history does.
 *
 * @param name a run's name, or "last" for the newest
 */
export const historiesOfRun = Effect.fn("rank.historiesOfRun")(function* (dataDir: string, name: string) {
  const { root } = yield* existingDataFolder(dataDir)
  const rows = (yield* querySomehow(root, startedRuns, "json")).split("\n").filter((line) => line !== "")
  const names = (yield* Effect.forEach(rows, (line) => told(Started, root, line))).map(({ run }) => run)
  const run = name === "last" ? names.at(-1) : names.find((each) => each === name)
  if (run === undefined) return yield* new RunNotFound({ name, suggestion: nearest(name, names) })
  const answer = yield* querySomehow(root, toldOf(run), "json")
  const { config, histories } = yield* told(Told, root, answer)
  const byPrompt = new Map(histories)
  const seen = config.prompts.flatMap(({ answer: label, promptId: index }): ReadonlyArray<ExampleHistory> => {
    const history = byPrompt.get(index)
    return history === undefined ? [] : [{ index, history, label }]
  })
  const [first, ...others] = seen
  if (first === undefined) return yield* new NothingToRank({ run })
  const unseen = config.prompts.map(({ promptId }) => promptId).filter((index) => !byPrompt.has(index))
  const ranked: RankedRun = { run, prompts: config.prompts, histories: [first, ...others], unseen }
  return ranked
})

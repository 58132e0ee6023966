/**
 * What a sweep asks the history: every figure of its table, and which finished runs have all their rows.
 *
 * Run names are RunIds, which need no quoting beyond apostrophes.
 */
import type { RunId } from "../../../schemas/ids.ts"

const listed = (runs: ReadonlyArray<RunId>): string => runs.map((run) => `'${run}'`).join(", ")

/** Steps that the training reward is averaged over, and how high it must be, for training to count as saturated. */
export const saturationSteps = 3
export const saturatedReward = 0.9

/** Each run with what it was started with, and the policy it ended with. */
export const runsQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT begun.run AS run,
    JSONExtractString(begun.config, 'prompts', 1, 'promptId') AS example,
    JSONExtractUInt(begun.config, 'seed') AS seed,
    ended.policy AS policy
  FROM (SELECT run, config FROM runs WHERE kind = 'started' AND run IN (${listed(runs)})) AS begun
  JOIN (SELECT run, policy FROM runs WHERE kind = 'finished' AND run IN (${listed(runs)})) AS ended USING (run)`

/**
 * Greedy answers to the same problems by a run's last policy and by the base, as the run named in its configuration
 * gave them: right after, right before, won (wrong before, right after) and lost.
 */
export const gainsQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT trained.run AS run, count() AS problems,
    countIf(trained.correct) AS after, countIf(base.correct) AS before,
    countIf(trained.correct AND NOT base.correct) AS won,
    countIf(base.correct AND NOT trained.correct) AS lost
  FROM (
    SELECT answers.run AS run, answers.problem AS problem, answers.verdict = 'correct' AS correct, begun.base AS base
    FROM evaluation_samples AS answers
    JOIN (
      SELECT run, assumeNotNull(step) AS step FROM runs WHERE kind = 'finished' AND run IN (${listed(runs)})
    ) AS ended ON answers.run = ended.run AND answers.step = ended.step
    JOIN (
      SELECT run, JSONExtractString(config, 'evaluation', 'baseRun') AS base
      FROM runs WHERE kind = 'started' AND run IN (${listed(runs)})
    ) AS begun ON answers.run = begun.run
    WHERE answers.protocol = 'greedy' AND answers.run IN (${listed(runs)})
  ) AS trained
  JOIN (
    SELECT run, problem, verdict = 'correct' AS correct
    FROM evaluation_samples WHERE protocol = 'greedy' AND step = 0
  ) AS base ON trained.base = base.run AND trained.problem = base.problem
  GROUP BY run`

/** Training: when it saturates (null: never), and the mean share of groups without a signal. */
export const trainingQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT run, avg(zero_signal_groups) AS zeroSignalGroups,
    minOrNullIf(step, laps = ${saturationSteps} AND reward >= ${saturatedReward}) AS saturation
  FROM (
    SELECT run, step, zero_signal_groups, avg(reward_mean) OVER following AS reward, count() OVER following AS laps
    FROM policies WHERE run IN (${listed(runs)})
    WINDOW following AS (
      PARTITION BY run ORDER BY step ROWS BETWEEN CURRENT ROW AND ${saturationSteps - 1} FOLLOWING
    )
  )
  GROUP BY run`

/** Tokens generated, in training and in evaluations. */
export const tokensQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT run, sum(tokens) AS tokens
  FROM (
    SELECT run, tokens FROM policies WHERE run IN (${listed(runs)})
    UNION ALL
    SELECT run, tokens FROM evaluation_samples WHERE run IN (${listed(runs)})
  )
  GROUP BY run`

/**
 * Wall time, without that between sittings: of what is recorded of a run, the time since what was recorded before it,
 * unless a sitting began there.
 */
export const secondsQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT run, sumIf(at - before, NOT begins AND before > 0) / 1000 AS seconds
  FROM (
    SELECT run, at, begins, lagInFrame(at, 1, 0) OVER (
      PARTITION BY run ORDER BY at, begins DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS before
    FROM (
      SELECT run, toUnixTimestamp64Milli(time) AS at, kind IN ('started', 'resumed') AS begins
      FROM runs WHERE run IN (${listed(runs)})
      UNION ALL
      SELECT run, toUnixTimestamp64Milli(time) AS at, 0 AS begins FROM policies WHERE run IN (${listed(runs)})
      UNION ALL
      SELECT run, toUnixTimestamp64Milli(time) AS at, 0 AS begins FROM evaluations WHERE run IN (${listed(runs)})
    )
  )
  GROUP BY run`

/** What tables hold of each run: fewer than its configuration implies where a kill came before they were full. */
export const heldQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT run, sum(finished) AS finished, sum(updates) AS policies, sum(made) = sum(kept) AS tokensKept,
    sum(answers) AS answers, sum(figures) AS evaluations
  FROM (
    SELECT run, count() AS finished, 0 AS updates, 0 AS made, 0 AS kept, 0 AS answers, 0 AS figures
    FROM runs WHERE kind = 'finished' AND run IN (${listed(runs)}) GROUP BY run
    UNION ALL
    SELECT run, 0, count(), sum(tokens), 0, 0, 0 FROM policies WHERE run IN (${listed(runs)}) GROUP BY run
    UNION ALL
    SELECT run, 0, 0, 0, count(), 0, 0 FROM tokens WHERE run IN (${listed(runs)}) GROUP BY run
    UNION ALL
    SELECT run, 0, 0, 0, 0, count(), 0 FROM evaluation_samples WHERE run IN (${listed(runs)}) GROUP BY run
    UNION ALL
    SELECT run, 0, 0, 0, 0, 0, count() FROM evaluations
    WHERE family = 'all' AND run IN (${listed(runs)}) GROUP BY run
  )
  GROUP BY run`

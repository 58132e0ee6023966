/**
 * What the science asks the history besides what a sweep asks: figures of evaluations, training step by step, answers to
 * the same problems by two policies, and how long a sweep was at work. The page lists them.
 */
import type { RunId } from "../../../schemas/ids.ts"

const listed = (runs: ReadonlyArray<RunId>): string => runs.map((run) => `'${run}'`).join(", ")

/** Every figure of every evaluation. */
export const evaluationsQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT run, step, protocol, family, problems, accuracy, low, high, pass_at_k AS passAtK, boxed
  FROM evaluations WHERE run IN (${listed(runs)})
  ORDER BY run, protocol, family, step`

/** Of each update: the mean reward of its rollouts, and the share of them that were right. */
export const trainingCurvesQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT run, step, reward_mean AS reward, solved_share AS solved
  FROM policies WHERE run IN (${listed(runs)})
  ORDER BY run, step`

/** A policy is a run's after so many updates. */
export interface Compared {
  readonly run: RunId
  readonly step: number
  readonly other: RunId
  readonly otherStep: number
}

/** Policies' greedy answers. */
const answersOf = (policies: ReadonlyArray<readonly [run: RunId, step: number]>): string => {
  const named = [...new Set(policies.map(([run, step]) => `('${run}', ${step})`))].join(", ")
  return `
    SELECT run, step, problem, splitByChar('/', problem)[2] AS family, verdict = 'correct' AS correct
    FROM evaluation_samples WHERE protocol = 'greedy' AND (run, step) IN (${named})`
}

/** Greedy answers to the same problems by two policies, family by family: `before` is the other's. */
export const comparedQuery = (pairs: ReadonlyArray<Compared>): string => {
  const tuples = pairs.map(({ other, otherStep, run, step }) => `('${run}', ${step}, '${other}', ${otherStep})`)
  return `
  SELECT ours.run AS run, ours.step AS step, theirs.run AS other, theirs.step AS otherStep, ours.family AS family,
    count() AS problems, countIf(ours.correct) AS after, countIf(theirs.correct) AS before,
    countIf(ours.correct AND NOT theirs.correct) AS won, countIf(theirs.correct AND NOT ours.correct) AS lost
  FROM (${answersOf(pairs.map(({ run, step }) => [run, step]))}
  ) AS ours
  JOIN (${answersOf(pairs.map(({ other, otherStep }) => [other, otherStep]))}
  ) AS theirs ON ours.problem = theirs.problem
  WHERE (run, step, other, otherStep) IN (${tuples.join(", ")})
  GROUP BY run, step, other, otherStep, family`
}

/** A longer silence than this, in milliseconds, and nobody was at work. */
const silence = 60_000

/** Seconds in which any of these runs was at work, side by side or not. */
export const atWorkQuery = (runs: ReadonlyArray<RunId>): string => `
  SELECT sumIf(at - before, before > 0 AND at - before < ${silence}) / 1000 AS seconds
  FROM (
    SELECT at, lagInFrame(at, 1, 0) OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
    FROM (
      SELECT toUnixTimestamp64Milli(time) AS at FROM runs WHERE run IN (${listed(runs)})
      UNION ALL
      SELECT toUnixTimestamp64Milli(time) AS at FROM policies WHERE run IN (${listed(runs)})
      UNION ALL
      SELECT toUnixTimestamp64Milli(time) AS at FROM evaluation_samples WHERE run IN (${listed(runs)})
    )
  )`

/**
 * What a run will leave behind and how long it will take, reckoned before it starts.
 *
 * Time is measured cost per token and parameter times what the run asks for. It is a guide: answers may be longer or
 * shorter than assumed, and machines differ.
 */
import { families } from "../../learning/datasets/miniature/problem.ts"
import { evaluationRows } from "../../pipelines/update/schedule.ts"
import { needsScores } from "../../pipelines/update/training-batch.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { isMiniature } from "./presets.ts"

/** Seconds on two processor cores. */
interface Cost {
  readonly basis: string
  /** For each token of an answer and each parameter of the model. */
  readonly generation: number
  readonly gradient: number
  readonly reference: number
  /** The fold, for each parameter that is trained. */
  readonly fold: number
  /** Log, grading and waiting, for each batch. */
  readonly rest: number
  /** Tokens of an answer, of so many at most. */
  readonly answer: (maxTokens: number) => number
}

/** docs/benchmarks.md, a step of the miniature: 128 answers of 25 tokens, 208,448 parameters, 18 ms of them the fold. */
const stepTokens = 128 * 25 * 208_448
const miniature: Cost = {
  basis: "the miniature's step as in docs/benchmarks.md, on two cores: answers of 25 tokens",
  generation: 0.089 / stepTokens,
  gradient: 0.063 / stepTokens,
  reference: 0.028 / stepTokens,
  fold: 0.018 / 208_448,
  rest: 0.019,
  answer: (maxTokens) => Math.min(maxTokens, 25)
}

/** docs/models.md, a step of SmolLM2-135M: 8 answers of 48 tokens; 10 s sampling, 13 s gradients and reference, 10 s fold. */
const smolTokens = 8 * 48 * 134.5e6
const others: Cost = {
  basis:
    "SmolLM2-135M's step as in docs/models.md, on two busy cores, in proportion to parameters and tokens; answers of a third of maxTokens; nothing was measured on a GPU",
  generation: 10 / smolTokens,
  gradient: 10 / smolTokens,
  reference: 3 / smolTokens,
  fold: 10 / 134.5e6,
  rest: 0.1,
  answer: (maxTokens) => Math.ceil(maxTokens / 3)
}

export interface Sizes {
  /** Parameters that an answer is computed with. */
  readonly parameters: number
  /** Parameters that are trained: all, or an adapter's. */
  readonly trained: number
}

export interface Estimate {
  readonly rolloutsPerBatch: number
  readonly batches: number
  readonly events: number
  readonly megabytes: number
  readonly seconds: number
  /** What the seconds are reckoned from. */
  readonly basis: string
}

/** Rollouts of a batch, and how many batches there are. */
const batchesOf = (config: RunConfig) => ({
  rollouts: (config.batchPrompts ?? config.prompts.length) * config.copies * config.groupSize,
  batches: config.steps / config.updatesPerBatch
})

interface Asked {
  /** So many policies sit it. */
  readonly times: number
  readonly questions: number
  readonly samples: number
  readonly maxTokens: number
}

/** All sittings of one test: each answer is an event, as is each cohort that is asked for, and the figures. */
const sittings = ({ maxTokens, questions, samples, times }: Asked, rows: number, answer: Cost["answer"]) => {
  if (questions === 0) return { tokens: 0, events: 0 }
  const cohorts = Math.ceil(questions / Math.max(1, Math.floor(rows / samples)))
  const answers = times * questions * samples
  return { tokens: answers * answer(maxTokens), events: answers + times * (cohorts + 1) }
}

/** Greedy answers to held-out problems all the way; sampled ones, to the examples too, before and after; benchmarks. */
const evaluations = ({ evaluation, prompts, steps }: RunConfig, answer: Cost["answer"]) => {
  const { benchmarks = [], everySteps, maxTokens, problems, problemsPerFamily, rows = evaluationRows } = evaluation
  const { samples } = evaluation
  const heldOut = problems?.length ?? problemsPerFamily * families.length
  const every = Math.ceil(steps / everySteps) + 1
  const ends = steps === 0 ? 1 : 2
  const tests: ReadonlyArray<Asked> = [
    { times: every, questions: heldOut, samples: 1, maxTokens },
    { times: ends, questions: heldOut, samples, maxTokens },
    { times: ends, questions: prompts.length, samples, maxTokens },
    ...benchmarks.map(({ at, count: questions, maxTokens, samples }) => {
      return { times: at === "every" ? every : ends, questions, samples, maxTokens }
    })
  ]
  const all = tests.map((test) => sittings(test, rows, answer))
  return {
    tokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
    events: all.reduce((sum, { events }) => sum + events, 0)
  }
}

const passesOf = ({ advantage, klCoefficient, klRewardCoefficient, oldLogProbs }: RunConfig) => ({
  /** A critic's gradients and fold are as large as the policy's. */
  learners: advantage === "gae" ? 2 : 1,
  scored: (oldLogProbs === "recomputed" ? 1 : 0) + (advantage === "gae" ? 1 : 0),
  reference: klCoefficient > 0 || klRewardCoefficient > 0 ? 1 : 0
})

/** From the run's start to its end, but for evaluations: what is asked for, what comes of it, and what is folded of that. */
const trainingEvents = (config: RunConfig): number => {
  const { cohorts, critic, shards, steps, updatesPerBatch } = config
  const { batches, rollouts } = batchesOf(config)
  const alone = (critic?.warmUpBatches ?? 0) * updatesPerBatch
  const ofPolicy = steps + 2 * shards * (steps - alone)
  const ofCritic = critic === undefined ? 0 : steps * (2 * shards + 1)
  const ofBatch = cohorts + 2 * rollouts + (needsScores(config) ? 2 * shards : 0)
  return 2 + batches * ofBatch + ofPolicy + ofCritic
}

export const estimateOf = (config: RunConfig, { parameters, trained }: Sizes): Estimate => {
  const cost = isMiniature(config.preset) ? miniature : others
  const { batches, rollouts } = batchesOf(config)
  const { learners, reference, scored } = passesOf(config)
  const asked = evaluations(config, cost.answer)
  const { shards, snapshotEvery, steps } = config
  const tokens = rollouts * cost.answer(config.maxTokens)
  const aBatch =
    tokens * parameters * (cost.generation + (reference + scored) * cost.reference + learners * cost.gradient)
  const updates = learners * steps * cost.fold * trained
  const tests = asked.tokens * parameters * cost.generation
  return {
    rolloutsPerBatch: rollouts,
    batches,
    events: trainingEvents(config) + asked.events,
    megabytes: Math.round((learners * steps * 4 * trained * (shards + 1 + 3 / snapshotEvery)) / 1e6),
    seconds: Math.round(batches * (aBatch + cost.rest) + updates + tests),
    basis: cost.basis
  }
}

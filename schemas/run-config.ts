/**
 * RunConfig: every choice of a run, resolved. RunStarted carries it as JSON text with its hash.
 *
 * "Paper" in the comments is 1-shot RLVR (arXiv 2504.20571) as its code runs it.
 */
import { Schema } from "effect"
import { contradictionIn } from "./config-contradictions.ts"
import { EvaluationConfig, graders, Seed } from "./evaluation-config.ts"
import { RunId, Sha256, Step } from "./ids.ts"
import { objectiveFields } from "./objective-config.ts"
import { Count, Positive } from "./quantities.ts"

/** The matrices of a layer that an adapter can be trained on, as transformers names them. */
export const loraTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const

/** Low-rank adapters: W stays, and W + alpha / rank * B A is computed with. */
const Lora = Schema.Struct({
  /** From 1 on. */
  rank: Schema.Int,
  /** Above 0. */
  alpha: Schema.Finite,
  /** Adapted in every layer. */
  targets: Schema.NonEmptyArray(Schema.Literals(loraTargets)),
  /** SHA-256 of the adapter that the run starts from: B zero, A drawn by the run's seed. */
  initial: Sha256
})
export type Lora = typeof Lora.Type

/** A policy or critic that somebody else trained, with all that the next fold depends on. */
const Beginning = Schema.Struct({
  /** SHA-256 of the weights. */
  hash: Sha256,
  /** SHA-256 of the optimizer's moments. */
  optimizer: Sha256,
  /** SHA-256 of weights and moments in one artifact. */
  state: Sha256
})

/** Where a run leaves another one: up to this step the past is the other run's. */
const Fork = Schema.Struct({
  run: RunId,
  step: Step,
  policy: Beginning,
  /** Where the runs have a critic. */
  critic: Schema.optionalKey(Beginning)
})
export type Fork = typeof Fork.Type

/** What a run leaves on the disk beside its events: everything, all but gradients and packed shards, or snapshots alone. */
export const keepings = ["gradients", "rollouts", "snapshots"] as const
export type Keeping = (typeof keepings)[number]

const settings = Schema.Struct({
  preset: Schema.NonEmptyString,
  /** The experiment of the paper that this run repeats, by its name. */
  recipe: Schema.optionalKey(Schema.NonEmptyString),
  model: Schema.Struct({
    name: Schema.NonEmptyString,
    /** SHA-256 of the weights that the run starts from. */
    hash: Sha256,
    /** The model's files beside its weights, as an artifact: for workers that have no such folder. */
    files: Schema.optionalKey(Sha256),
    /** The policy that these weights are, where a run of the folder made them; the name is then that of its base. */
    of: Schema.optionalKey(Schema.Struct({ run: RunId, step: Step }))
  }),
  /** The training examples, each with the answer that earns the reward. None where nothing is trained. */
  prompts: Schema.Array(
    Schema.Struct({
      promptId: Schema.NonEmptyString,
      text: Schema.NonEmptyString,
      answer: Schema.NonEmptyString,
      /** The right answer where the one that earns the reward is wrong on purpose. */
      trueAnswer: Schema.optionalKey(Schema.NonEmptyString)
    })
  ),
  seed: Seed,
  /** Updates; 0 only evaluates. Each draws one batch of rollouts, or a part of it (updatesPerBatch). Paper: 2000. */
  steps: Count,
  /** Examples that a batch draws, every example once before any comes again; where left out, all of them. */
  batchPrompts: Schema.optionalKey(Positive),
  /** Groups a step for each example. Paper: 128 rows of one example, each a group of its own. */
  copies: Positive,
  /** Rollouts a group. Paper: 8. */
  groupSize: Positive,
  /** A step's rollouts are sampled in so many cohorts. Bits depend on it. */
  cohorts: Positive,
  /** A step's batch is cut into so many gradient shards. Bits depend on it. */
  shards: Positive,
  /** Of sampling, log-probs and entropy. Paper: 0.6. */
  temperature: Schema.Finite.check(Schema.isGreaterThan(0)),
  /** New tokens at most. Paper: 3072. */
  maxTokens: Positive,
  /** How many updates a rollout's policy may lie behind. 0 is on-policy, as in the paper. */
  maxStaleness: Schema.Literal(0),
  ...objectiveFields,
  /** By name: one of those that come along (learning/rewards), or the name that rewardFile gives itself. */
  reward: Schema.NonEmptyString,
  /** What the reward function is told beside the answer: a share, a label. */
  rewardParameters: Schema.optionalKey(Schema.Record(Schema.String, Schema.Union([Schema.Finite, Schema.String]))),
  /** A reward of the user's own: the file that holds the function, and the SHA-256 of its bytes. */
  rewardFile: Schema.optionalKey(Schema.Struct({ path: Schema.NonEmptyString, sha256: Sha256 })),
  /** Whose verdicts rewards go by; our own where left out. Paper: deepscaler. */
  grader: Schema.optionalKey(Schema.Literals(graders)),
  /** What a reward that is unknown does: counts as 0 (paper), takes its group out of the policy loss, or ends the run. */
  unknownReward: Schema.Literals(["zero", "drop-group", "stop"]),
  /** Weights and moments are stored whole every so many updates. */
  snapshotEvery: Positive,
  /** Which artifacts stay; gradients, which is all of them, where left out. Bits do not depend on it. */
  keep: Schema.optionalKey(Schema.Literals(keepings)),
  /** The run whose past this one shares; where left out, it has a past of its own. */
  fork: Schema.optionalKey(Fork),
  /** Policies are adapters of the base; where left out, they are weights, and all of them are trained. */
  lora: Schema.optionalKey(Lora),
  /** Sequences of a cohort that grow at once; where left out, all of them. Bits depend on it. */
  slots: Schema.optionalKey(Positive),
  /** Sequences of a shard whose activations live at once; where left out, all of them. Bits depend on it. */
  microBatch: Schema.optionalKey(Positive),
  /** Whether activations are computed again on the way back and not kept; not where left out. */
  recompute: Schema.optionalKey(Schema.Boolean),
  /** What matrices are multiplied in; float32 where left out. */
  precision: Schema.optionalKey(Schema.Literals(["float32", "bfloat16"])),
  /** Threads inside one tensor operation; 1 where left out. Bits depend on it. */
  intraOpThreads: Schema.optionalKey(Positive),
  evaluation: EvaluationConfig
})

const largestRank = 2 ** 16

/** What is wrong with an adapter's settings, in words. */
const loraProblem = ({ alpha, rank, targets }: Lora): string | undefined => {
  if (rank < 1 || rank > largestRank) return `lora.rank is ${rank}, it must be from 1 to ${largestRank}`
  if (!(alpha > 0)) return `lora.alpha is ${alpha}, it must be above 0`
  const twice = targets.find((target, i) => targets.indexOf(target) < i)
  return twice === undefined ? undefined : `lora.targets names ${twice} twice, once is enough`
}

/** Settings that are each in order but do not go together. */
const contradiction = (config: typeof settings.Type): string | undefined => {
  const { critic, evaluation, fork, lora, prompts, steps, updatesPerBatch } = config
  if (prompts.length === 0 && steps > 0) return "there are no prompts to train on"
  if (new Set(prompts.map(({ promptId }) => promptId)).size < prompts.length) return "two prompts share a promptId"
  const ids = [...prompts.map(({ promptId }) => promptId), ...(evaluation.problems ?? []).map(({ id }) => id)]
  if (new Set(ids).size < ids.length) return "two held-out problems share an id"
  const tests = (evaluation.benchmarks ?? []).map(({ test }) => test)
  const twice = tests.find((test, i) => tests.indexOf(test) < i)
  if (twice !== undefined) return `two sets are called ${twice}; leave one out, or rename its file`
  if (fork !== undefined && fork.step >= steps)
    return `the fork leaves at step ${fork.step}, but steps is ${steps}, so nothing would be learned; set steps above ${fork.step}`
  if (fork !== undefined && fork.step % updatesPerBatch !== 0)
    return `the fork leaves at step ${fork.step}, amid a batch of ${updatesPerBatch} updates; leave at a multiple of updatesPerBatch`
  if (fork !== undefined && (fork.critic === undefined) !== (critic === undefined))
    return "a fork has a critic where the run it leaves has one, and only there"
  return (lora === undefined ? undefined : loraProblem(lora)) ?? contradictionIn(config)
}

export class RunConfig extends Schema.Class<RunConfig>("RunConfig")(settings.check(Schema.makeFilter(contradiction))) {}

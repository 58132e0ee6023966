/**
 * Which rollouts belong together: a batch of a run, and the part of it that each update learns from. All of it follows
 * from the configuration and a number of updates, so that every stage and every worker says the same.
 */
import { sequence } from "../../learning/random/sequence.ts"
import { shuffled } from "../../learning/random/shuffle.ts"
import { groupSizeOf } from "../../schemas/config-contradictions.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import type { Question, Run } from "../runs.ts"

/** The order in which a set's examples are drawn has a stream of randomness of its own. */
const orderStream = 3

/** The number of updates that the policy of a batch had when it was sampled, given any update that learns from it. */
export const rolloutStepOf = ({ updatesPerBatch }: RunConfig, step: number): number => step - (step % updatesPerBatch)

/** Which update of its batch this is, counted from 0. */
export const updateOf = ({ updatesPerBatch }: RunConfig, step: number): number => step % updatesPerBatch

/** Rollouts that are asked for of each example of a batch. */
export const samplesOf = ({ copies, groupSize }: RunConfig): number => copies * groupSize

/**
 * The examples of a batch, in the order of the configuration: all of them, or batchPrompts of them. Every example comes
 * once before any comes again, in an order that is drawn anew each time; what is left over when a batch cannot be filled
 * is left out, as the reference's loader does (drop_last).
 */
export const examplesOf = (
  { config, examples }: Pick<Run, "config" | "examples">,
  rolloutStep: number
): ReadonlyArray<Question> => {
  const { batchPrompts, seed, updatesPerBatch } = config
  if (batchPrompts === undefined || batchPrompts === examples.length) return examples
  const batch = rolloutStep / updatesPerBatch
  const perEpoch = Math.floor(examples.length / batchPrompts)
  const first = (batch % perEpoch) * batchPrompts
  const random = sequence(seed, (orderStream << 24) + Math.floor(batch / perEpoch))
  const drawn = shuffled([...examples.keys()], random).slice(first, first + batchPrompts)
  return drawn.toSorted((a, b) => a - b).map((i) => examples[i])
}

/** Rollouts in a batch, each batch alike. */
export const rolloutsIn = ({ config, examples }: Pick<Run, "config" | "examples">): number =>
  (config.batchPrompts ?? examples.length) * samplesOf(config)

/**
 * The part of a batch that one update learns from: some of the examples where they can be dealt out evenly, else as many
 * rollouts of each.
 *
 * @param rollouts of the whole batch, example by example, sample by sample
 */
export const partOf = <A>(rollouts: ReadonlyArray<A>, config: RunConfig, update: number): ReadonlyArray<A> => {
  const { updatesPerBatch } = config
  const samples = samplesOf(config)
  const examples = rollouts.length / samples
  const size = rollouts.length / updatesPerBatch
  if (examples % updatesPerBatch === 0) return rollouts.slice(update * size, (update + 1) * size)
  const each = samples / updatesPerBatch
  return rollouts.filter((_, i) => Math.floor((i % samples) / each) === update)
}

/** Whether only the critic learns from the batch of this step. */
export const isCriticWarmUp = ({ critic, updatesPerBatch }: RunConfig, step: number): boolean =>
  critic !== undefined && Math.floor(step / updatesPerBatch) < critic.warmUpBatches

/** Where in a batch the group of its i-th rollout begins. */
export const groupStart = (config: RunConfig, i: number): number => i - (i % groupSizeOf(config))

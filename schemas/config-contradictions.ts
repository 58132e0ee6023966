/**
 * Settings that are each in order but do not go together: named with their values, and with what would.
 */
import type { ObjectiveConfig } from "./objective-config.ts"

/** Rollouts that are compared with each other. */
export const groupSizeOf = ({
  copies,
  groupSize,
  grouping
}: {
  readonly copies: number
  readonly groupSize: number
  readonly grouping: "copies" | "example"
}): number => (grouping === "example" ? copies * groupSize : groupSize)

/** What is wrong with what shall be learned, in words; undefined where nothing is. */
const objectiveContradiction = (
  config: ObjectiveConfig & { readonly steps: number; readonly copies: number; readonly groupSize: number }
): string | undefined => {
  const { advantage, advantageStd, aggregation, aggregationConstant, critic, entropyCoefficient } = config
  const groupSize = groupSizeOf(config)
  const { importanceCap, klCoefficient, klInBoth, klRewardCoefficient, oldLogProbs, policyCoefficient } = config
  if (config.steps > 0 && policyCoefficient === 0 && klCoefficient === 0 && entropyCoefficient === 0)
    return "policyCoefficient, klCoefficient and entropyCoefficient are all 0, so there is no loss; give at least one of them, or set steps to 0"
  if (advantage === "grpo" && advantageStd && groupSize === 1)
    return "groupSize is 1 and advantage is grpo with advantageStd, but one reward has no standard deviation; set groupSize to 2 or more, or advantageStd to false"
  if (advantage === "grpo" && advantageStd && config.advantageEpsilon === 0)
    return "advantageEpsilon is 0 and advantage is grpo with advantageStd, so a group of equal rewards would be 0 / 0; set advantageEpsilon above 0, or advantageStd to false"
  if (advantage === "rloo" && groupSize === 1)
    return "groupSize is 1 and advantage is rloo, which compares with the others of a group; set groupSize to 2 or more"
  if (klCoefficient > 0 && klRewardCoefficient > 0 && !klInBoth)
    return `klCoefficient is ${klCoefficient} and klRewardCoefficient is ${klRewardCoefficient}: the KL would count in loss and reward both; set one of them to 0, or klInBoth to true`
  if (klInBoth && !(klCoefficient > 0 && klRewardCoefficient > 0))
    return "klInBoth is true, but klCoefficient or klRewardCoefficient is 0; give both, or set klInBoth to false"
  if (klRewardCoefficient > 0 && policyCoefficient === 0)
    return `klRewardCoefficient is ${klRewardCoefficient}, but policyCoefficient is 0, so no reward is learned from; set policyCoefficient to 1, or klCoefficient in place of klRewardCoefficient`
  if (importanceCap !== undefined && oldLogProbs !== "recomputed")
    return `importanceCap is ${importanceCap}, but oldLogProbs is ${oldLogProbs}, so every weight would be 1; set oldLogProbs to recomputed`
  if (advantage === "gae" && critic === undefined)
    return "advantage is gae, which needs a critic, but critic is missing; give one, or set advantage to grpo or rloo"
  if (advantage !== "gae" && critic !== undefined)
    return `there is a critic, but advantage is ${advantage}, which does not ask it; set advantage to gae`
  if (
    aggregationConstant !== undefined &&
    aggregation !== "drgrpo-constant" &&
    aggregation !== "seq-mean-token-sum-norm"
  )
    return `aggregationConstant is ${aggregationConstant}, but aggregation is ${aggregation}, which has none; set aggregation to drgrpo-constant or seq-mean-token-sum-norm`
  return undefined
}

/** What a batch is made of. */
interface BatchConfig {
  readonly prompts: ReadonlyArray<unknown>
  readonly copies: number
  readonly groupSize: number
  readonly batchPrompts?: number
  readonly cohorts: number
  readonly shards: number
  readonly steps: number
  readonly maxTokens: number
}

/** What is wrong with how the reference would pack an update's rollouts, in words. */
const packingContradiction = (config: ObjectiveConfig & BatchConfig, rollouts: number): string | undefined => {
  const { aggregation, dataParallelRanks, maxTokens, microBatchTokens } = config
  if (aggregation !== "verl-microbatch") return undefined
  if (rollouts % dataParallelRanks !== 0)
    return `dataParallelRanks is ${dataParallelRanks}, which does not divide the ${rollouts} rollouts of an update, as aggregation verl-microbatch needs; set it to a number that does, such as 1`
  // That of the prompts is known once they are tokens; each has one at least.
  if (microBatchTokens <= maxTokens)
    return `microBatchTokens is ${microBatchTokens}, but a prompt with a response of maxTokens ${maxTokens} has more; set microBatchTokens to ${maxTokens + 1} and the longest prompt or more`
  return undefined
}

/** What is wrong with how a batch is made and cut, in words. */
const batchContradiction = (config: ObjectiveConfig & BatchConfig): string | undefined => {
  const { batchPrompts, cohorts, copies, critic, groupSize, prompts, shards, steps, updatesPerBatch } = config
  // Nothing is trained, so there is no batch.
  if (steps === 0 && prompts.length === 0) return undefined
  const samples = copies * groupSize
  const examples = batchPrompts ?? prompts.length
  if (batchPrompts !== undefined && batchPrompts > prompts.length)
    return `batchPrompts is ${batchPrompts}, but there are ${prompts.length} prompts; set it to ${prompts.length} or less`
  if (cohorts > samples)
    return `${cohorts} cohorts are more than the ${samples} samples of a prompt; set cohorts to ${samples} or less`
  if (steps % updatesPerBatch !== 0)
    return `steps is ${steps}, which updatesPerBatch ${updatesPerBatch} does not divide: the last batch would not be used up; set steps to a multiple of it`
  if (examples % updatesPerBatch !== 0 && samples % updatesPerBatch !== 0)
    return `updatesPerBatch is ${updatesPerBatch}, which divides neither the ${examples} prompts of a batch nor the ${samples} rollouts of each; set it to a number that divides one of them, such as 1`
  if (critic !== undefined && steps > 0 && critic.warmUpBatches * updatesPerBatch >= steps)
    return `critic.warmUpBatches is ${critic.warmUpBatches}, but the run has ${steps / updatesPerBatch} batches, so the policy would never learn; set it below that`
  const rollouts = (samples * examples) / updatesPerBatch
  if (shards > rollouts)
    return `${shards} shards are more than the ${rollouts} rollouts of a step; set shards to ${rollouts} or less`
  return packingContradiction(config, rollouts)
}

export const contradictionIn = (config: ObjectiveConfig & BatchConfig): string | undefined =>
  objectiveContradiction(config) ?? batchContradiction(config)

/**
 * Rows about training: answers, verdicts, gradients and the policies they make.
 */
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { PolicyUpdated } from "../../schemas/policy-updated.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { flag, float64, maybeFloat64, maybeText, text, texts, uint32, uint64, word } from "./columns.ts"

/** Sum in order, in double precision. */
export const sumOf = (values: Float32Array): number => {
  let sum = 0
  for (const value of values) sum += value
  return sum
}

/** Mean, null of nothing. */
export const meanOf = (values: Float32Array | null): number | null =>
  values === null || values.length === 0 ? null : sumOf(values) / values.length

export class RolloutRows implements Block {
  readonly table = "rollouts"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    prompt: word(),
    sample: uint32(),
    cohort: uint32(),
    policy: word(),
    text: text(),
    tokens: uint32(),
    log_prob: float64(),
    entropy: maybeFloat64(),
    stop: word()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: RolloutGenerated): void {
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.prompt.push(event.promptId)
    own.sample.push(event.sampleIndex)
    own.cohort.push(event.cohort)
    own.policy.push(event.policyHash)
    own.text.push(event.text)
    own.tokens.push(event.tokens.length)
    own.log_prob.push(sumOf(event.logProbs))
    own.entropy.push(meanOf(event.entropies))
    own.stop.push(event.stop)
    this.rows++
  }
}

export class VerdictRows implements Block {
  readonly table = "verdicts"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    prompt: word(),
    sample: uint32(),
    reward: maybeFloat64(),
    extracted: maybeText(),
    verdict: word(),
    rule: word(),
    boxed: flag(),
    truncated: flag(),
    grader: word(),
    reward_name: word()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: RolloutGraded): void {
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.prompt.push(event.promptId)
    own.sample.push(event.sampleIndex)
    own.reward.push(event.reward)
    own.extracted.push(event.extracted)
    own.verdict.push(event.verdict)
    own.rule.push(event.rule)
    own.boxed.push(Number(event.boxed))
    own.truncated.push(Number(event.truncated))
    own.grader.push(event.grader)
    own.reward_name.push(event.rewardName)
    this.rows++
  }
}

export class GradientRows implements Block {
  readonly table = "gradients"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    rollout_step: uint32(),
    shard: uint32(),
    shards: uint32(),
    policy: word(),
    gradient: text(),
    packed: text(),
    rollouts: uint32(),
    tokens: uint32(),
    loss: float64(),
    policy_loss: float64(),
    kl: float64(),
    entropy: float64(),
    clip_fraction: float64(),
    mismatch: float64()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: GradientComputed): void {
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.rollout_step.push(event.rolloutStep)
    own.shard.push(event.shard)
    own.shards.push(event.shards)
    own.policy.push(event.policyHash)
    own.gradient.push(event.gradientHash)
    own.packed.push(event.packedHash)
    own.rollouts.push(event.rollouts.length)
    own.tokens.push(event.logProbs.length)
    own.loss.push(event.loss)
    own.policy_loss.push(event.policyLoss)
    own.kl.push(event.kl)
    own.entropy.push(event.entropy)
    own.clip_fraction.push(event.clipFraction)
    own.mismatch.push(event.mismatch)
    this.rows++
  }
}

export class PolicyRows implements Block {
  readonly table = "policies"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    policy: word(),
    previous_policy: word(),
    optimizer: text(),
    snapshot: text(),
    gradients: texts()
  }
  readonly #metrics = {
    loss: float64(),
    policy_loss: float64(),
    kl: float64(),
    entropy: float64(),
    clip_fraction: float64(),
    mismatch: float64(),
    gradient_norm: float64(),
    learning_rate: float64(),
    reward_mean: float64(),
    solved_share: float64(),
    unknown_count: uint32(),
    zero_signal_groups: float64(),
    response_length: float64(),
    truncated_share: float64(),
    tokens: uint64()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#metrics, ...this.#origin.tail }

  add(origin: Origin, event: PolicyUpdated): void {
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.policy.push(event.policyHash)
    own.previous_policy.push(event.previousPolicyHash)
    own.optimizer.push(event.optimizerHash)
    own.snapshot.push(event.snapshotHash ?? "")
    own.gradients.push(event.gradientHashes)
    this.#addMetrics(event.metrics)
    this.rows++
  }

  #addMetrics(metrics: PolicyUpdated["metrics"]): void {
    const columns = this.#metrics
    columns.loss.push(metrics.loss)
    columns.policy_loss.push(metrics.policyLoss)
    columns.kl.push(metrics.kl)
    columns.entropy.push(metrics.entropy)
    columns.clip_fraction.push(metrics.clipFraction)
    columns.mismatch.push(metrics.mismatch)
    columns.gradient_norm.push(metrics.gradientNorm)
    columns.learning_rate.push(metrics.learningRate)
    columns.reward_mean.push(metrics.rewardMean)
    columns.solved_share.push(metrics.solvedShare)
    columns.unknown_count.push(metrics.unknownCount)
    columns.zero_signal_groups.push(metrics.zeroSignalGroups)
    columns.response_length.push(metrics.responseLength)
    columns.truncated_share.push(metrics.truncatedShare)
    columns.tokens.push(metrics.tokens)
  }
}

/** One row for each parameter of the gradient. */
export class GradientNormRows implements Block {
  readonly table = "gradient_norms"
  rows = 0
  readonly #origin = new OriginColumns(word())
  readonly #own = { step: uint32(), parameter: word(), norm: float64(), policy: word() }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: PolicyUpdated): void {
    const own = this.#own
    this.#origin.push(origin, event.gradientNorms.length)
    for (const { norm, parameter } of event.gradientNorms) {
      own.step.push(event.step)
      own.parameter.push(parameter)
      own.norm.push(norm)
      own.policy.push(event.policyHash)
      this.rows++
    }
  }
}

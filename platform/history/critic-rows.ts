/**
 * Rows about the critic: its gradients, each token it learned from, and the critics they make.
 */
import type { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import type { CriticUpdated } from "../../schemas/critic-updated.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { float32, float64, text, texts, uint32, word } from "./columns.ts"
import { PackedTokenColumns } from "./packed-tokens.ts"

export class CriticGradientRows implements Block {
  readonly table = "critic_gradients"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    rollout_step: uint32(),
    shard: uint32(),
    shards: uint32(),
    critic: word(),
    gradient: text(),
    packed: text(),
    rollouts: uint32(),
    tokens: uint32(),
    loss: float64(),
    clip_fraction: float64()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: CriticGradientComputed): void {
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.rollout_step.push(event.rolloutStep)
    own.shard.push(event.shard)
    own.shards.push(event.shards)
    own.critic.push(event.criticHash)
    own.gradient.push(event.gradientHash)
    own.packed.push(event.packedHash)
    own.rollouts.push(event.rollouts.length)
    own.tokens.push(event.values.length)
    own.loss.push(event.loss)
    own.clip_fraction.push(event.clipFraction)
    this.rows++
  }
}

export class TokenValueRows implements Block {
  readonly table = "token_values"
  rows = 0
  readonly #origin = new OriginColumns(word())
  readonly #token = new PackedTokenColumns()
  readonly #steps = { step: uint32(), rollout_step: uint32() }
  readonly #own = { value: float32(), old_value: float32(), return: float32(), shard: uint32(), critic: word() }
  readonly columns = {
    ...this.#origin.head,
    ...this.#steps,
    ...this.#token.columns,
    ...this.#own,
    ...this.#origin.tail
  }

  add(origin: Origin, event: CriticGradientComputed): void {
    const own = this.#own
    const { length } = event.values
    this.#origin.push(origin, length)
    this.#token.push(event.rollouts)
    this.#steps.step.repeat(event.step, length)
    this.#steps.rollout_step.repeat(event.rolloutStep, length)
    own.value.extend(event.values)
    own.old_value.extend(event.oldValues)
    own.return.extend(event.returns)
    own.shard.repeat(event.shard, length)
    own.critic.repeat(event.criticHash, length)
    this.rows += length
  }
}

export class CriticRows implements Block {
  readonly table = "critics"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    critic: word(),
    previous_critic: word(),
    optimizer: text(),
    snapshot: text(),
    gradients: texts(),
    loss: float64(),
    clip_fraction: float64(),
    gradient_norm: float64(),
    learning_rate: float64(),
    value_mean: float64(),
    return_mean: float64(),
    explained_variance: float64()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: CriticUpdated): void {
    const own = this.#own
    const { metrics } = event
    this.#origin.push(origin)
    own.step.push(event.step)
    own.critic.push(event.criticHash)
    own.previous_critic.push(event.previousCriticHash)
    own.optimizer.push(event.optimizerHash)
    own.snapshot.push(event.snapshotHash ?? "")
    own.gradients.push(event.gradientHashes)
    own.loss.push(metrics.loss)
    own.clip_fraction.push(metrics.clipFraction)
    own.gradient_norm.push(metrics.gradientNorm)
    own.learning_rate.push(metrics.learningRate)
    own.value_mean.push(metrics.valueMean)
    own.return_mean.push(metrics.returnMean)
    own.explained_variance.push(metrics.explainedVariance)
    this.rows++
  }
}

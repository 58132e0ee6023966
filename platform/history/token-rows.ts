/**
 * Rows of the table tokens: one for each generated token that was trained on.
 */
import type { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { float32, maybeFloat32, uint32, word } from "./columns.ts"
import { PackedTokenColumns } from "./packed-tokens.ts"
import { TokenTexts } from "./token-texts.ts"

/** An answer and what it earned. */
export interface JudgedRollout {
  readonly rollout: RolloutGenerated
  readonly reward: number | null
}

/** A gradient shard with its rollouts, in packed order. */
export interface JoinedGradient {
  readonly origin: Origin
  readonly gradient: GradientComputed
  readonly rollouts: ReadonlyArray<JudgedRollout>
}

export class TokenRows implements Block {
  readonly table = "tokens"
  rows = 0
  readonly #texts: TokenTexts
  readonly #origin = new OriginColumns(word())
  readonly #steps = { step: uint32(), rollout_step: uint32() }
  readonly #token = new PackedTokenColumns()
  readonly #own = {
    token: uint32(),
    text: word(),
    behaviour_log_prob: float32(),
    log_prob: float32(),
    reference_log_prob: maybeFloat32(),
    entropy: float32(),
    advantage: float32(),
    reward: maybeFloat32(),
    shard: uint32(),
    policy: word()
  }
  readonly columns = {
    ...this.#origin.head,
    ...this.#steps,
    ...this.#token.columns,
    ...this.#own,
    ...this.#origin.tail
  }

  constructor(vocabulary: ReadonlyArray<string>) {
    this.#texts = new TokenTexts(vocabulary, this.#own.text)
  }

  add({ gradient, origin, rollouts }: JoinedGradient): void {
    const own = this.#own
    const { length } = gradient.logProbs
    this.#origin.push(origin, length)
    this.#token.push(gradient.rollouts)
    this.#steps.step.repeat(gradient.step, length)
    this.#steps.rollout_step.repeat(gradient.rolloutStep, length)
    own.shard.repeat(gradient.shard, length)
    own.policy.repeat(gradient.policyHash, length)
    own.log_prob.extend(gradient.logProbs)
    own.entropy.extend(gradient.entropies)
    if (gradient.referenceLogProbs.length === 0) own.reference_log_prob.repeat(null, length)
    else own.reference_log_prob.known(length, (inner) => inner.extend(gradient.referenceLogProbs))
    if (gradient.advantages.length === length) own.advantage.extend(gradient.advantages)
    else this.#repeatAdvantages(gradient)
    for (const judged of rollouts) this.#addRollout(judged)
    this.rows += length
  }

  /** Older events have one advantage for each answer. */
  #repeatAdvantages({ advantages, rollouts }: GradientComputed): void {
    for (const [i, { length }] of rollouts.entries()) this.#own.advantage.repeat(advantages[i], length)
  }

  #addRollout({ reward, rollout }: JudgedRollout): void {
    const own = this.#own
    const { length } = rollout.tokens
    own.token.extend(rollout.tokens)
    this.#texts.push(rollout.tokens)
    own.behaviour_log_prob.extend(rollout.logProbs)
    own.reward.repeat(reward, length)
  }
}

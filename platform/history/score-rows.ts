/**
 * Rows about scores, which advantages are made from beside rewards: each shard, and each of its tokens.
 */
import type { ScoresComputed } from "../../schemas/scores-computed.ts"
import { type Block, type Origin, OriginColumns } from "./block.ts"
import { maybeFloat32, maybeFloat64, text, uint32, word } from "./columns.ts"
import { PackedTokenColumns } from "./packed-tokens.ts"
import { meanOf } from "./training-rows.ts"

const tokensOf = ({ rollouts }: ScoresComputed): number => rollouts.reduce((sum, { length }) => sum + length, 0)

export class ScoreRows implements Block {
  readonly table = "scores"
  rows = 0
  readonly #origin = new OriginColumns()
  readonly #own = {
    step: uint32(),
    shard: uint32(),
    shards: uint32(),
    packed: text(),
    rollouts: uint32(),
    tokens: uint32(),
    old_log_prob: maybeFloat64(),
    reference_log_prob: maybeFloat64(),
    value: maybeFloat64()
  }
  readonly columns = { ...this.#origin.head, ...this.#own, ...this.#origin.tail }

  add(origin: Origin, event: ScoresComputed): void {
    const own = this.#own
    this.#origin.push(origin)
    own.step.push(event.step)
    own.shard.push(event.shard)
    own.shards.push(event.shards)
    own.packed.push(event.packedHash)
    own.rollouts.push(event.rollouts.length)
    own.tokens.push(tokensOf(event))
    own.old_log_prob.push(meanOf(event.oldLogProbs))
    own.reference_log_prob.push(meanOf(event.referenceLogProbs))
    own.value.push(meanOf(event.values))
    this.rows++
  }
}

/** One row for each token; what was not asked for is null. */
export class TokenScoreRows implements Block {
  readonly table = "token_scores"
  rows = 0
  readonly #origin = new OriginColumns(word())
  readonly #token = new PackedTokenColumns()
  readonly #step = uint32()
  readonly #shard = uint32()
  readonly #scores = { old_log_prob: maybeFloat32(), reference_log_prob: maybeFloat32(), value: maybeFloat32() }
  readonly columns = {
    ...this.#origin.head,
    step: this.#step,
    ...this.#token.columns,
    ...this.#scores,
    shard: this.#shard,
    ...this.#origin.tail
  }

  add(origin: Origin, event: ScoresComputed): void {
    const length = tokensOf(event)
    this.#origin.push(origin, length)
    this.#token.push(event.rollouts)
    this.#step.repeat(event.step, length)
    this.#shard.repeat(event.shard, length)
    this.#addScores("old_log_prob", event.oldLogProbs, length)
    this.#addScores("reference_log_prob", event.referenceLogProbs, length)
    this.#addScores("value", event.values, length)
    this.rows += length
  }

  #addScores(name: "old_log_prob" | "reference_log_prob" | "value", values: Float32Array, length: number): void {
    if (values.length === 0) this.#scores[name].repeat(null, length)
    else this.#scores[name].known(length, (inner) => inner.extend(values))
  }
}

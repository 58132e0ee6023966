/**
 * Any event of each kind, made up from its schema.
 */
import { Arbitrary, Schema } from "effect"
import { OnefoldEvent } from "../../schemas/catalogue.ts"
import { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { ScoresComputed } from "../../schemas/scores-computed.ts"

/** The values over and over, n of them. */
const stretch = (values: Float32Array, n: number): Float32Array =>
  Float32Array.from({ length: n }, (_, i) => (values.length === 0 ? -i : values[i % values.length]))

const sampled = { ...RolloutGenerated.fields }
const answers = { ...EvaluationSampled.fields }
const shards = { ...GradientComputed.fields }
const scores = { ...ScoresComputed.fields }
const criticShards = { ...CriticGradientComputed.fields }

/** Rollouts of a few tokens each, and how many tokens they have together. */
const shortened = <A extends { readonly length: number }>(rollouts: ReadonlyArray<A>) => {
  const short = rollouts.map((each) => ({ ...each, length: each.length % 5 }))
  return { rollouts: short, n: short.reduce((sum, { length }) => sum + length, 0) }
}

/** Events made up from their schemas; where arrays must line up, they are made to. */
export const madeUp: Readonly<Record<string, Arbitrary.Arbitrary<OnefoldEvent>>> = {
  ...Object.fromEntries(OnefoldEvent.members.map((member) => [member.identifier, Arbitrary.schema(member)])),
  RolloutGenerated: Arbitrary.map(Arbitrary.schema(Schema.Struct(sampled)), (fields) => {
    const n = fields.tokens.length
    const entropies = fields.entropies === null ? null : stretch(fields.entropies, n)
    return new RolloutGenerated({ ...fields, logProbs: stretch(fields.logProbs, n), entropies })
  }),
  EvaluationSampled: Arbitrary.map(Arbitrary.schema(Schema.Struct(answers)), (fields) => {
    const n = fields.tokens.length
    return new EvaluationSampled({
      ...fields,
      logProbs: stretch(fields.logProbs, n),
      entropies: stretch(fields.entropies, n)
    })
  }),
  GradientComputed: Arbitrary.map(Arbitrary.schema(Schema.Struct(shards)), (fields) => {
    const { n, rollouts } = shortened(fields.rollouts)
    return new GradientComputed({
      ...fields,
      rollouts,
      advantages: stretch(fields.advantages, fields.shard % 3 === 0 ? rollouts.length : n),
      logProbs: stretch(fields.logProbs, n),
      entropies: stretch(fields.entropies, n),
      referenceLogProbs: stretch(fields.referenceLogProbs, fields.shard % 2 === 0 ? n : 0)
    })
  }),
  ScoresComputed: Arbitrary.map(Arbitrary.schema(Schema.Struct(scores)), (fields) => {
    const { n, rollouts } = shortened(fields.rollouts)
    return new ScoresComputed({
      ...fields,
      rollouts,
      oldLogProbs: stretch(fields.oldLogProbs, fields.shard % 2 === 0 ? n : 0),
      referenceLogProbs: stretch(fields.referenceLogProbs, fields.shard % 3 === 0 ? n : 0),
      values: stretch(fields.values, fields.shard % 5 === 0 ? n : 0)
    })
  }),
  CriticGradientComputed: Arbitrary.map(Arbitrary.schema(Schema.Struct(criticShards)), (fields) => {
    const { n, rollouts } = shortened(fields.rollouts)
    return new CriticGradientComputed({
      ...fields,
      rollouts,
      values: stretch(fields.values, n),
      oldValues: stretch(fields.oldValues, n),
      returns: stretch(fields.returns, n)
    })
  })
}

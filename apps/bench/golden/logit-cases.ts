/**
 * Losses from logits: through the policy's own head to log-probs and entropies, through the objective, and back.
 */
import { Schema } from "effect"
import { type PolicyObjective, paperObjective } from "../../../learning/objective/objective.ts"
import type { Device } from "../../../learning/policy/device.ts"
import {
  scoreTokens,
  scoreTokensBackward,
  type TokenGradients,
  type TokenScores
} from "../../../learning/policy/model/head.ts"
import { lossCase, many, one } from "./loss-case.ts"
import { Cubes, gather, type Kept, Rows, scatter, whole } from "./padded.ts"
import { Constant, divisorsBy, Mode, movedBy, tokensOf } from "./policy-cases.ts"

interface LogitsInput {
  readonly logits: typeof Cubes.Type
  readonly labels: Rows
  readonly temperature: number
}

/** The same distribution by logits of which the largest is 0, where float32 is finest. */
const shifted = (row: ReadonlyArray<number>): ReadonlyArray<number> => {
  const top = Math.max(...row)
  return row.map((logit) => logit - top)
}

/**
 * The head with the identity for its matrix, so that hidden states are logits.
 *
 * @returns the gradient by the logits of every place [B * T * V], 0 where nothing was kept
 */
const throughHead = <A extends TokenGradients>(
  device: Device,
  { labels, logits, temperature }: LogitsInput,
  { places }: Kept,
  loss: (scores: TokenScores) => A
): { readonly found: A; readonly gradient: Float64Array } => {
  const { ops } = device
  const size = logits[0][0].length
  return ops.scope(() => {
    const identity = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0))
    const input = {
      temperature,
      rows: ops.floats(Float32Array.from(places.flatMap(([i, j]) => shifted(logits[i][j]))), [places.length, size]),
      head: ops.floats(identity, [size, size]),
      targets: Int32Array.from(places, ([i, j]) => labels[i][j])
    }
    const scores = scoreTokens(device, input, true)
    const found = loss(scores)
    const gradients = ops.read(scoreTokensBackward(device, input, scores, found).dRows)
    const perPlace = places.flatMap(([i, j], t) =>
      Array.from({ length: size }, (_, v) => [i * logits[0].length + j, v, gradients[t * size + v]] as const)
    )
    const gradient = new Float64Array(logits.length * logits[0].length * size)
    for (const [place, v, value] of perPlace) gradient[place * size + v] = value
    return { found, gradient }
  })
}

/**
 * By how much the reference's float32 missed its own float64, but no more than float32 must: it takes entropies and
 * log-probs as differences of numbers as large as the logits.
 */
const lostBy = (logits: typeof Cubes.Type, rough: Rows, exact: Rows): ReadonlyArray<number> =>
  rough.flatMap((row, i) =>
    row.map((each, j) => Math.min(Math.abs(each - exact[i][j]), 2 ** -22 * Math.max(...logits[i][j].map(Math.abs))))
  )

export const entropy = lossCase(
  Schema.Struct({ logits: Cubes, eos_mask: Rows, labels: Rows }),
  Schema.Struct({
    entropy_loss: Schema.Number,
    entropy: Rows,
    logprobs: Rows,
    grad_logits: Cubes,
    entropy_f64: Rows,
    logprobs_f64: Rows
  }),
  ({ eos_mask, labels, logits }, expected, { device, formulas }) => {
    const kept = formulas.keptBy(eos_mask)
    const objective = { ...paperObjective, policyCoefficient: 0, klCoefficient: 0, entropyCoefficient: -1 }
    const { found, gradient } = throughHead(
      device,
      { labels, logits, temperature: 1 },
      whole(eos_mask),
      ({ entropies, logProbs }) => {
        const padded = (values: Float32Array): Rows =>
          eos_mask.map((row, i) => [...values.subarray(i * row.length, (i + 1) * row.length)])
        const own = gather(padded(logProbs), kept)
        const tokens = { logProbs: own, oldLogProbs: own, entropies: gather(padded(entropies), kept) }
        const result = formulas.evaluateObjective(objective, { ...tokensOf(kept, null), ...tokens })
        return {
          ...{ loss: result.loss, entropies, logProbs, dLogProbs: new Float32Array(logProbs.length) },
          dEntropies: Float32Array.from(scatter(result.dEntropies, kept, eos_mask))
        }
      }
    )
    const lost = lostBy(logits, expected.entropy, expected.entropy_f64)
    const lostOfLogProbs = lostBy(logits, expected.logprobs, expected.logprobs_f64)
    const share = 1 / kept.places.length
    const lostPerLogit = expected.grad_logits.flat().flatMap((row, place) => row.map(() => (lost[place] ?? 0) * share))
    return [
      { ...one("entropy_loss", found.loss, expected.entropy_loss), lost: [share * lost.reduce((a, b) => a + b, 0)] },
      { ...many("entropy", found.entropies, expected.entropy.flat()), lost },
      many("entropy_f64", found.entropies, expected.entropy_f64.flat()),
      { ...many("logprobs", found.logProbs, expected.logprobs.flat()), lost: lostOfLogProbs },
      many("logprobs_f64", found.logProbs, expected.logprobs_f64.flat()),
      { ...many("grad_logits", gradient, expected.grad_logits.flat(2)), lost: lostPerLogit }
    ]
  }
)

const TotalInput = Schema.Struct({
  logits: Cubes,
  labels: Rows,
  eos_mask: Rows,
  temperature: Schema.Number,
  old_log_prob: Rows,
  ref_log_prob: Rows,
  rollout_log_prob: Schema.NullOr(Rows),
  advantages: Rows,
  algo: Schema.Literals(["ppo", "dapo", "gspo", "tis"]),
  clip_low: Schema.Number,
  clip_high: Schema.Number,
  tis_cap: Schema.NullOr(Schema.Number),
  aggregation: Mode,
  constant: Constant,
  kl_coef: Schema.Number,
  entropy_coef: Schema.Number
})

const objectiveOf = (input: typeof TotalInput.Type): PolicyObjective => ({
  ...paperObjective,
  policyLoss: input.algo === "gspo" ? "gspo" : "clip",
  clipLow: input.clip_low,
  clipHigh: input.clip_high,
  importanceCap: input.tis_cap,
  klCoefficient: input.kl_coef,
  entropyCoefficient: input.entropy_coef
})

export const total = lossCase(
  TotalInput,
  Schema.Struct({
    loss: Schema.Number,
    pg_loss: Schema.Number,
    kl_loss: Schema.Number,
    entropy: Schema.Number,
    pg_clipfrac: Schema.Number,
    ppo_kl: Schema.Number,
    grad_logits: Cubes,
    loss_f64: Schema.Number,
    grad_l2: Schema.Number
  }),
  (input, expected, { device, formulas }) => {
    const kept = formulas.keptBy(input.eos_mask)
    const oldLogProbs = gather(input.old_log_prob, kept)
    const known = {
      ...tokensOf(
        kept,
        divisorsBy(formulas, input.aggregation, kept, { constant: input.constant, padded: input.eos_mask })
      ),
      oldLogProbs,
      behaviourLogProbs: input.rollout_log_prob === null ? new Float32Array(0) : gather(input.rollout_log_prob, kept),
      referenceLogProbs: gather(input.ref_log_prob, kept),
      advantages: gather(input.advantages, kept)
    }
    const { found, gradient } = throughHead(device, input, kept, ({ entropies, logProbs }) => ({
      ...formulas.evaluateObjective(objectiveOf(input), { ...known, logProbs, entropies }),
      logProbs
    }))
    return [
      one("loss", found.loss, expected.loss),
      one("loss_f64", found.loss, expected.loss_f64),
      one("pg_loss", found.terms.policyLoss, expected.pg_loss),
      one("kl_loss", found.terms.kl, expected.kl_loss),
      one("entropy", found.terms.entropy, expected.entropy),
      one("pg_clipfrac", found.terms.clipFraction, expected.pg_clipfrac),
      one("ppo_kl", movedBy(formulas, kept, oldLogProbs, found.logProbs), expected.ppo_kl),
      many("grad_logits", gradient, expected.grad_logits.flat(2)),
      one("grad_l2", Math.hypot(...gradient), expected.grad_l2)
    ]
  }
)

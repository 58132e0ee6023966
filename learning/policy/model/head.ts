/**
 * From hidden states to the log-prob and entropy of each response token, and back.
 *
 *   z = W y / temperature,  logProb = z[token] - ln sum exp z,  entropy = -sum p ln p
 *   dz = dLogProb (onehot - p) - dEntropy p (ln p + entropy)
 *
 * Logits exist for a stretch of rows at a time, for a vocabulary is wide. Their probabilities are kept for the backward
 * pass where they are few enough, and computed again where not.
 */
import type { Device } from "../device.ts"
import type { Ops, Tensor } from "../tensors/ops.ts"

export interface HeadLimits {
  /** Logits that are computed at once. */
  readonly logits: number
  /** Probabilities of one pass that are kept for its way back. */
  readonly kept: number
}
const usual: HeadLimits = { logits: 16_000_000, kept: 64_000_000 }

export interface TokenScores {
  /** [N] nats. */
  readonly logProbs: Float32Array
  /** [N] nats. */
  readonly entropies: Float32Array
}

export type ScoreInput = {
  readonly temperature: number
  /** [n, d] normalised hidden states. */
  readonly rows: Tensor
  /** [vocabulary, d] */
  readonly head: Tensor
}

/** Hidden states divided by the temperature, which divides the logits. */
const cool = (ops: Ops, { rows, temperature }: ScoreInput): Tensor =>
  temperature === 1 ? rows : ops.scale(rows, 1 / temperature)

export const scoreRows =
  (ops: Ops) =>
  /** @param taken [n] places of the targets among the logits */
  ({ isKept, taken, ...input }: ScoreInput & { readonly taken: Tensor; readonly isKept: boolean }) =>
    ops.scope(() => {
      const logits = ops.matMul(cool(ops, input), input.head, "nt")
      const [count, vocabulary] = logits.shape
      const probabilities = ops.softmax(logits)
      const logTotal = ops.sub(ops.max(logits, 1), ops.log(ops.max(probabilities, 1)))
      const chosen = ops.gather(ops.reshape(logits, [count * vocabulary]), taken)
      return {
        logProbs: ops.sub(chosen, ops.reshape(logTotal, [count])),
        negativeEntropies: ops.sum(ops.xLogX(probabilities), 1),
        probabilities: isKept ? probabilities : null
      }
    })

export const scoreRowsBackward =
  (ops: Ops) =>
  (
    input: ScoreInput & {
      /** [n, vocabulary], or null where they were not kept. */
      readonly probabilities: Tensor | null
      readonly taken: Tensor
      /** [n, 1] what p is multiplied by. */
      readonly slope: Tensor
      /** [n, 1] what p ln p is multiplied by; null where it is 0. */
      readonly bend: Tensor | null
      /** [n] what is added at the targets. */
      readonly lift: Tensor
      /** [vocabulary, d] the sum so far, or null at first. */
      readonly sum: Tensor | null
    }
  ) =>
    ops.scope(() => {
      const cooled = cool(ops, input)
      const probabilities = input.probabilities ?? ops.softmax(ops.matMul(cooled, input.head, "nt"))
      const { bend, head, lift, slope, sum, taken, temperature } = input
      const { shape } = probabilities
      const sloped = ops.mul(probabilities, slope)
      const spread = bend === null ? sloped : ops.add(sloped, ops.mul(ops.xLogX(probabilities), bend))
      const dLogits = ops.reshape(ops.addAt(ops.reshape(spread, [shape[0] * shape[1]]), taken, lift), shape)
      const dCooled = ops.matMul(dLogits, head, "nn")
      const dHead = ops.matMul(dLogits, cooled, "tn")
      return {
        dRows: temperature === 1 ? dCooled : ops.scale(dCooled, 1 / temperature),
        head: sum === null ? dHead : ops.add(sum, dHead)
      }
    })

/** First row, number of rows and places of the targets of each stretch. */
const stretches = (targets: Int32Array, vocabulary: number, { logits }: HeadLimits) => {
  const size = Math.max(1, Math.floor(logits / vocabulary))
  return Array.from({ length: Math.ceil(targets.length / size) }, (_, i) => {
    const first = i * size
    const count = Math.min(size, targets.length - first)
    return { first, count, taken: Int32Array.from({ length: count }, (_, n) => n * vocabulary + targets[first + n]) }
  })
}

export interface HeadInput {
  readonly temperature: number
  /** [N, d] normalised hidden states, each predicting the token of `targets` [N]. */
  readonly rows: Tensor
  /** [vocabulary, d] */
  readonly head: Tensor
  readonly targets: Int32Array
}

/** @returns the scores, and for the way back the probabilities of each stretch, where asked for and few enough */
export const scoreTokens = (
  { ops, programs }: Device,
  { head, rows, targets, temperature }: HeadInput,
  isTrained: boolean,
  limits = usual
): TokenScores & { readonly kept: ReadonlyArray<Tensor | null> } => {
  const [vocabulary] = head.shape
  const isKept = isTrained && targets.length * vocabulary <= limits.kept
  const logProbs = new Float32Array(targets.length)
  const entropies = new Float32Array(targets.length)
  const kept = stretches(targets, vocabulary, limits).map(({ count, first, taken }) =>
    ops.scope(() => {
      const stretch = { temperature, head, isKept, rows: ops.slice(rows, first, count), taken: ops.indices(taken) }
      const scored = programs.scoreRows(stretch)
      logProbs.set(ops.read(scored.logProbs), first)
      const negative = ops.read(scored.negativeEntropies)
      for (let i = 0; i < count; i++) entropies[first + i] = 0 - negative[i]
      return scored.probabilities
    })
  )
  return { logProbs, entropies, kept }
}

export interface TokenGradients {
  /** [N] dLoss/dlogProb. */
  readonly dLogProbs: Float32Array
  /** [N] dLoss/dentropy. */
  readonly dEntropies: Float32Array
}

/** What the logits' gradient is made of: dz = p (bend ln p + slope) + onehot lift. */
const coefficients = (
  { dEntropies, dLogProbs }: TokenGradients,
  entropies: Float32Array,
  first: number,
  count: number
) => {
  const lift = dLogProbs.slice(first, first + count)
  const bend = dEntropies.slice(first, first + count).map((d) => -d)
  const slope = lift.map((d, i) => -(d + dEntropies[first + i] * entropies[first + i]))
  return { lift, slope, bend: bend.some((b) => b !== 0) ? bend : null }
}

/** dLoss/drows [N, d] and dLoss/dhead; frees what was kept. */
export const scoreTokensBackward = (
  { ops, programs }: Device,
  { head, rows, targets, temperature }: HeadInput,
  { entropies, kept }: Pick<ReturnType<typeof scoreTokens>, "entropies" | "kept">,
  gradients: TokenGradients,
  limits = usual
): { readonly dRows: Tensor; readonly head: Tensor } =>
  ops.scope(() => {
    let sum: Tensor | null = null
    const parts = stretches(targets, head.shape[0], limits).map(({ count, first, taken }, i) => {
      const part = ops.scope(() => {
        const { bend, lift, slope } = coefficients(gradients, entropies, first, count)
        const column = (values: Float32Array) => ops.floats(values, [count, 1])
        return programs.scoreRowsBackward({
          ...{ temperature, head, sum, probabilities: kept[i] },
          rows: ops.slice(rows, first, count),
          taken: ops.indices(taken),
          slope: column(slope),
          bend: bend === null ? null : column(bend),
          lift: ops.floats(lift, [count])
        })
      })
      ops.free([sum, kept[i]])
      sum = part.head
      return part.dRows
    })
    return { dRows: parts.length === 1 ? parts[0] : ops.concat(parts, 0), head: sum ?? ops.zeros(head.shape) }
  })

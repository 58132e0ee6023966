/**
 * From hidden states to the log-prob and entropy of each response token, and back.
 *
 *   z = W y / temperature,  logProb = log softmax(z)[token],  entropy = -sum p log p
 *   dz = dLogProb (onehot - p) - dEntropy p (log p + entropy)
 *
 * Logits exist for a stretch of rows at a time, and are computed again for the backward pass: a vocabulary is wide.
 */
import type { Ops, Tensor } from "./ops.ts"

/** Logits that may exist at once. */
const maxLogits = 4_000_000

export interface TokenScores {
  /** [N] nats. */
  readonly logProbs: Float32Array
  /** [N] nats. */
  readonly entropies: Float32Array
}

export interface Head {
  readonly ops: Ops
  /** [vocabulary, d] */
  readonly matrix: Tensor
  readonly temperature: number
}

/** First row and number of rows of each stretch. */
const stretches = (rows: number, vocabulary: number): ReadonlyArray<readonly [number, number]> => {
  const size = Math.max(1, Math.floor(maxLogits / vocabulary))
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => [i * size, Math.min(size, rows - i * size)])
}

/** [rows, vocabulary] */
const logProbsOf = ({ matrix, ops, temperature }: Head, y: Tensor): Tensor => {
  const logits = ops.matMul(y, matrix, "nt")
  return ops.logSoftmax(temperature === 1 ? logits : ops.scale(logits, 1 / temperature))
}

/**
 * @param y [N, d] normalised hidden states, each predicting the token of `targets` [N]
 */
export const scoreTokens = (head: Head, y: Tensor, targets: Int32Array): TokenScores => {
  const { matrix, ops } = head
  const [vocabulary] = matrix.shape
  const logProbs = new Float32Array(targets.length)
  const entropies = new Float32Array(targets.length)
  for (const [first, count] of stretches(targets.length, vocabulary)) {
    ops.scope(() => {
      const all = logProbsOf(head, ops.slice(y, first, count))
      const taken = Int32Array.from({ length: count }, (_, i) => i * vocabulary + targets[first + i])
      logProbs.set(ops.read(ops.gather(ops.reshape(all, [count * vocabulary]), ops.indices(taken))), first)
      const negative = ops.read(ops.sumLast(ops.mul(ops.exp(all), all)))
      for (let i = 0; i < count; i++) entropies[first + i] = -negative[i]
      return null
    })
  }
  return { logProbs, entropies }
}

export interface TokenGradients {
  /** [N] dLoss/dlogProb. */
  readonly dLogProbs: Float32Array
  /** [N] dLoss/dentropy. */
  readonly dEntropies: Float32Array
}

/** dLoss/dz = p (b log p + a) + onehot c, where z is before the temperature; the three columns of each row. */
const columnsOf = (
  { dEntropies, dLogProbs }: TokenGradients,
  entropies: Float32Array,
  temperature: number,
  first: number,
  count: number
) => {
  const a = new Float32Array(count)
  const b = new Float32Array(count)
  const c = new Float32Array(count)
  for (let i = 0; i < count; i++) {
    a[i] = -(dLogProbs[first + i] + dEntropies[first + i] * entropies[first + i]) / temperature
    b[i] = -dEntropies[first + i] / temperature
    c[i] = dLogProbs[first + i] / temperature
  }
  return { a, b, c }
}

/** dLoss/dy [N, d] and dLoss/dmatrix. */
export const scoreTokensBackward = (
  head: Head,
  y: Tensor,
  targets: Int32Array,
  entropies: Float32Array,
  gradients: TokenGradients
): { readonly dy: Tensor; readonly matrix: Tensor } =>
  head.ops.scope(() => {
    const { matrix, ops, temperature } = head
    const [vocabulary] = matrix.shape
    let sum: Tensor | null = null
    const parts = stretches(targets.length, vocabulary).map(([first, count]) => {
      const part = ops.scope(() => {
        const rows = ops.slice(y, first, count)
        const { a, b, c } = columnsOf(gradients, entropies, temperature, first, count)
        const column = (values: Float32Array) => ops.floats(values, [count, 1])
        const all = logProbsOf(head, rows)
        const taken = ops.oneHot(ops.indices(targets.subarray(first, first + count)), vocabulary)
        const spread = ops.mul(ops.exp(all), ops.add(ops.mul(all, column(b)), column(a)))
        const dz = ops.add(spread, ops.mul(taken, column(c)))
        return { dy: ops.matMul(dz, matrix, "nn"), matrix: ops.matMul(dz, rows, "tn") }
      })
      sum = sum === null ? part.matrix : ops.add(sum, part.matrix)
      return part.dy
    })
    return { dy: parts.length === 1 ? parts[0] : ops.concat(parts, 0), matrix: sum ?? ops.zeros(matrix.shape) }
  })

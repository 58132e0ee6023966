/**
 * The fold: a policy is its base weights, and then one fold for each batch of gradients. Same gradients, same bits, on
 * every machine.
 *
 * The order is fixed. The flat parameters are cut into blocks of 65,536; within a block the shards are added in shard
 * order, each partial sum rounded to float32 by its store. The squared norm is summed in doubles, left to right within
 * a block, then block after block. Blocks make the scratch memory small, and let threads share the work one day without
 * changing a bit. What the optimizer rounds, and when, adamw.ts says.
 */
import { Schema } from "effect"
import { type AdamWSettings, adamWInto, adamWStep } from "./adamw.ts"

/** All that the next fold depends on. P is the number of parameters, in the checkpoint's order. */
export interface FoldState {
  /** [P] */
  readonly weights: Float32Array
  /** [P] AdamW's running mean of the gradient. */
  readonly firstMoment: Float32Array
  /** [P] AdamW's running mean of the squared gradient. */
  readonly secondMoment: Float32Array
  /** Folds done so far. */
  readonly step: number
}

export interface FoldSettings extends AdamWSettings {
  /** The gradient is scaled by min(1, maxGradientNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_ does. */
  readonly maxGradientNorm: number
}

export interface Folded {
  readonly state: FoldState
  /** L2 norm of the summed gradient, before clipping. */
  readonly gradientNorm: number
  /** The same of each part that was asked for. */
  readonly partNorms: ReadonlyArray<number>
  readonly clipped: boolean
}

/** A fold that was not done; the state is as it was. */
export class FoldFailed extends Schema.TaggedError<FoldFailed>()("FoldFailed", {
  reason: Schema.Literals(["bad-input", "not-finite", "not-open", "crashed"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `the fold was not done (${this.reason}): ${this.detail}`
  }
}

const BLOCK = 65_536

/** The state before any fold: given weights, moments of zero. Keeps the array it is given. */
export const initialFold = (weights: Float32Array): FoldState => ({
  weights,
  firstMoment: new Float32Array(weights.length),
  secondMoment: new Float32Array(weights.length),
  step: 0
})

const check = (state: FoldState, shards: ReadonlyArray<Float32Array>, ends: ReadonlyArray<number>): void => {
  const parameters = state.weights.length
  const arrays = [state.firstMoment, state.secondMoment, ...shards]
  const odd = arrays.find((array) => array.length !== parameters)
  if (shards.length === 0 || odd !== undefined) {
    const detail =
      odd === undefined
        ? "there are no gradients to fold"
        : `a gradient or moment has ${odd.length} entries, the policy has ${parameters} parameters`
    throw new FoldFailed({ reason: "bad-input", detail })
  }
  if (ends.at(-1) !== parameters || ends.some((end, i) => end < (ends[i - 1] ?? 0)))
    throw new FoldFailed({
      reason: "bad-input",
      detail: "the parts do not follow one another up to the last parameter"
    })
}

/** Adds [from, to) of all shards into sum, in shard order. */
const sumShards = (shards: ReadonlyArray<Float32Array>, from: number, to: number, sum: Float32Array): void => {
  sum.set(shards[0].subarray(from, to))
  for (let s = 1; s < shards.length; s++) {
    const shard = shards[s]
    for (let i = from; i < to; i++) sum[i - from] += shard[i]
  }
}

/** Adds one more shard to the sum of those before it, rounded as foldInto rounds: shards summed so give its bits. */
export const addGradient = (sum: Float32Array, shard: Float32Array): void => {
  for (let i = 0; i < sum.length; i++) sum[i] += shard[i]
}

/** Squares summed up so far: each part's in its own order, beside the block's, whose bits do not depend on the parts. */
class PartSquares {
  readonly #ends: ReadonlyArray<number>
  readonly #sums: Float64Array
  #part = 0

  constructor(ends: ReadonlyArray<number>) {
    this.#ends = ends
    this.#sums = new Float64Array(ends.length)
  }

  /** Takes the block that begins at `from` in the flat array, blocks in order; returns its sum of squares. */
  add(block: Float32Array, from: number, count: number): number {
    let sum = 0
    for (let i = 0; i < count; ) {
      while (this.#ends[this.#part] <= from + i) this.#part++
      const stop = Math.min(count, this.#ends[this.#part] - from)
      let own = this.#sums[this.#part]
      for (; i < stop; i++) {
        const square = block[i] * block[i]
        sum += square
        own += square
      }
      this.#sums[this.#part] = own
    }
    return sum
  }

  norms(): ReadonlyArray<number> {
    return Array.from(this.#sums, Math.sqrt)
  }
}

/**
 * Folds one batch into the state's own arrays: sum of the shards, norm, clip, AdamW.
 *
 * @param shards each [P], in shard order; the gradients of the shares of one loss, so they are added, not averaged
 * @param ends where each part ends whose norm is wanted, ascending, the last at P; all is one part where left out
 * @returns the new state, which shares the arrays of the old one
 * @throws FoldFailed, before anything is changed: bad-input where sizes or ends do not fit, not-finite where the norm is not a number
 */
export const foldInto = (
  state: FoldState,
  shards: ReadonlyArray<Float32Array>,
  settings: FoldSettings,
  ends: ReadonlyArray<number> = [state.weights.length]
): Folded => {
  check(state, shards, ends)
  const parameters = state.weights.length
  const sum = new Float32Array(Math.min(BLOCK, parameters))

  const parts = new PartSquares(ends)
  let squares = 0
  for (let from = 0; from < parameters; from += BLOCK) {
    const to = Math.min(from + BLOCK, parameters)
    sumShards(shards, from, to, sum)
    squares += parts.add(sum, from, to - from)
  }
  const gradientNorm = Math.sqrt(squares)
  if (!Number.isFinite(gradientNorm)) {
    throw new FoldFailed({ reason: "not-finite", detail: `the gradient's norm is ${gradientNorm}` })
  }
  const scale = Math.min(1, settings.maxGradientNorm / (gradientNorm + 1e-6))

  const step = state.step + 1
  const factors = adamWStep(settings, step)
  for (let from = 0; from < parameters; from += BLOCK) {
    const to = Math.min(from + BLOCK, parameters)
    sumShards(shards, from, to, sum)
    const slice = {
      weights: state.weights.subarray(from, to),
      firstMoment: state.firstMoment.subarray(from, to),
      secondMoment: state.secondMoment.subarray(from, to)
    }
    adamWInto(slice, sum, scale, factors)
  }
  return { state: { ...state, step }, gradientNorm, partNorms: parts.norms(), clipped: scale < 1 }
}

/** As foldInto, but into new arrays: the given state stays as it is. */
export const foldGradients = (
  state: FoldState,
  shards: ReadonlyArray<Float32Array>,
  settings: FoldSettings,
  ends?: ReadonlyArray<number>
): Folded =>
  foldInto(
    {
      weights: state.weights.slice(),
      firstMoment: state.firstMoment.slice(),
      secondMoment: state.secondMoment.slice(),
      step: state.step
    },
    shards,
    settings,
    ends
  )

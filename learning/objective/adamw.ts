/**
 * AdamW with decoupled weight decay on every parameter, as torch.optim.AdamW computes it (Loshchilov & Hutter 2019),
 * in arithmetic that gives the same bits on every machine: + - * / and square root only.
 */

export interface AdamWSettings {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
}

/** The factors that one step needs, made once from its number and settings. All doubles. */
export interface AdamWStep {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** 1 - learningRate * weightDecay. */
  readonly keep: number
  /** learningRate / (1 - beta1^step). */
  readonly stride: number
  /** sqrt(1 - beta2^step). */
  readonly secondCorrection: number
}

/** base^exponent by repeated multiplication: Math.pow may differ between machines. */
const power = (base: number, exponent: number): number => {
  let product = 1
  for (let i = 0; i < exponent; i++) product *= base
  return product
}

/** @param step the number of the step being taken, from 1 */
export const adamWStep = (settings: AdamWSettings, step: number): AdamWStep => ({
  beta1: settings.beta1,
  beta2: settings.beta2,
  epsilon: settings.epsilon,
  keep: 1 - settings.learningRate * settings.weightDecay,
  stride: settings.learningRate / (1 - power(settings.beta1, step)),
  secondCorrection: Math.sqrt(1 - power(settings.beta2, step))
})

/** The three arrays that a step changes, or the same slice of each. */
export interface AdamWParameters {
  readonly weights: Float32Array
  readonly firstMoment: Float32Array
  readonly secondMoment: Float32Array
}

/**
 * Takes one step in place, element after element:
 *
 *   g  = gradient * scale
 *   m <- beta1 m + (1 - beta1) g
 *   v <- beta2 v + (1 - beta2) g g
 *   w <- keep w - stride m / (sqrt(v) / secondCorrection + epsilon)
 *
 * Computed in doubles, from left to right; each arrow rounds once to float32, by the store, and w uses m and v as stored.
 */
export const adamWInto = (
  { firstMoment: m, secondMoment: v, weights: w }: AdamWParameters,
  gradient: Float32Array,
  scale: number,
  step: AdamWStep
): void => {
  const { beta1, beta2, epsilon, keep, secondCorrection, stride } = step
  const rest1 = 1 - beta1
  const rest2 = 1 - beta2
  for (let i = 0; i < w.length; i++) {
    const g = gradient[i] * scale
    m[i] = beta1 * m[i] + rest1 * g
    v[i] = beta2 * v[i] + rest2 * g * g
    w[i] = keep * w[i] - (stride * m[i]) / (Math.sqrt(v[i]) / secondCorrection + epsilon)
  }
}

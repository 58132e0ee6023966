/**
 * A value objective's loss and derivatives, token by token (PPO2's clipped value loss, as in verl's compute_value_loss).
 */
import type { ValueObjective } from "./objective.ts"
import type { ValueBatch, ValueResult } from "./token-objective.ts"

const requireLength = (name: string, actual: number, expected: number): void => {
  if (actual !== expected) throw new RangeError(`${name} has ${actual} entries, the batch needs ${expected}`)
}

/**
 * The objective of one shard: half the squared distance of each value from its return, or of the value clipped around the
 * old one where that is farther. Terms: it (valueLoss), and the share of tokens that the clip holds (clipFraction).
 *
 * @throws RangeError where the arrays of the batch do not fit together
 */
export const evaluateValue = ({ clip }: ValueObjective, batch: ValueBatch): ValueResult => {
  const { batchTokens, divisors, lengths, oldValues, returns, values } = batch
  const tokens = values.length
  requireLength(
    "lengths, summed,",
    lengths.reduce((sum, length) => sum + length, 0),
    tokens
  )
  requireLength("oldValues", oldValues.length, tokens)
  requireLength("returns", returns.length, tokens)
  const dValues = new Float32Array(tokens)
  let valueLoss = 0
  let clipFraction = 0
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    const divisor = divisors?.loss[rollout] ?? batchTokens
    let loss = 0
    let clipped = 0
    for (const end = t + lengths[rollout]; t < end; t++) {
      const free = values[t] - returns[t]
      const held = Math.min(Math.max(values[t], oldValues[t] - clip), oldValues[t] + clip) - returns[t]
      const isClipped = held * held > free * free
      loss += 0.5 * (isClipped ? held * held : free * free)
      clipped += isClipped ? 1 : 0
      dValues[t] = isClipped ? 0 : free / divisor
    }
    valueLoss += loss / divisor
    clipFraction += clipped / (divisors?.terms[rollout] ?? batchTokens)
  }
  return { loss: valueLoss, terms: { valueLoss, clipFraction }, dValues }
}

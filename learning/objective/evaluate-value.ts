/**
 * A critic's loss and its derivative, token by token; summed as evaluate.ts sums.
 */
import { aggregate } from "./aggregation.ts"
import { requireLength, requireRollouts } from "./fitting-arrays.ts"
import type { ValueObjective } from "./objective.ts"
import type { ValueBatch, ValueResult } from "./token-objective.ts"
import { valueLoss } from "./value-loss.ts"

/**
 * The loss of one shard.
 *
 * Terms, each this shard's share of a mean over tokens: valueLoss, the share of tokens held by the clip (clipFraction), and
 * the means of which the explained variance is made, 1 - variance(return - value) / variance(return): valueMean,
 * returnMean, returnSquareMean and errorSquareMean, with error = return - value.
 *
 * @throws RangeError where the arrays of the batch do not fit together
 */
export const evaluateValue = ({ clip }: ValueObjective, batch: ValueBatch): ValueResult => {
  const { batchTokens, divisors, lengths, oldValues, returns, values } = batch
  const tokens = values.length
  requireRollouts(tokens, batch)
  requireLength("oldValues", oldValues.length, tokens)
  requireLength("returns", returns.length, tokens)
  const losses = new Float64Array(tokens)
  const clipped = new Uint8Array(tokens)
  const dValues = new Float32Array(tokens)
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    const divisor = divisors?.loss[rollout] ?? batchTokens
    for (const end = t + lengths[rollout]; t < end; t++) {
      const loss = valueLoss(values[t], oldValues[t], returns[t], clip)
      losses[t] = loss.value
      clipped[t] = loss.clipped ? 1 : 0
      dValues[t] = loss.derivative / divisor
    }
  }
  const mean = (each: ArrayLike<number>) => aggregate(each, lengths, divisors?.terms ?? batchTokens)
  const loss = aggregate(losses, lengths, divisors?.loss ?? batchTokens)
  const terms = {
    valueLoss: loss,
    clipFraction: mean(clipped),
    valueMean: mean(values),
    returnMean: mean(returns),
    returnSquareMean: mean(Float64Array.from(returns, (target) => target * target)),
    errorSquareMean: mean(Float64Array.from(returns, (target, i) => (target - values[i]) * (target - values[i])))
  }
  return { loss, terms, dValues }
}

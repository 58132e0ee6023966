/**
 * Values and gradients of a batch under a critic's weights: forward, objective, backward, in one thread.
 */
import { evaluateValue } from "../../objective/evaluate-value.ts"
import { valueHead } from "../critic.ts"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { valueTokens, valueTokensBackward } from "../model/value-head.ts"
import type { CriticWeights } from "../model/weights.ts"
import type { ParameterLayout } from "../parameters.ts"
import type { SequenceBatch, ValueGradientResult, ValueGradientTask } from "../requests.ts"
import type { Tensor } from "../tensors/ops.ts"
import { differentiate, type Laid, lay, overRows, promptMajor, type TopGradients } from "./backbone.ts"
import {
  addLoss,
  type BatchPart,
  batchParts,
  checkLoss,
  divisorsOf,
  type LossSum,
  lengthsOf,
  tokensOf
} from "./batch-parts.ts"
import { type GradientSum, gradientSum } from "./gradient-sum.ts"
import { putAt, takenFrom } from "./places.ts"

/** One critic's weights on the device, and where they lie in a flat array. */
export interface Critic {
  readonly layout: ParameterLayout
  readonly weights: CriticWeights
}

/** [N] the value of the state in which each token of given responses was drawn, prompt-major. */
export const valuesOf = (device: Device, weights: CriticWeights, batch: SequenceBatch): Float32Array =>
  device.ops.scope(() => {
    const laid = lay(device, batch)
    const head = weights.valueHead
    return overRows(laid, weights, (rows) => promptMajor(valueTokens(device, { rows, head }), laid.batch))
  })

/** The value head with what `derive` makes of its values, both prompt-major. */
const valueTop =
  ({ batch, device }: Laid, head: Tensor, derive: (values: Float32Array) => Float32Array) =>
  (rows: Tensor): TopGradients => {
    const dValues = derive(promptMajor(valueTokens(device, { rows, head }), batch))
    return valueTokensBackward(device, { rows, head }, takenFrom(dValues, batch.places))
  }

type Task = Omit<ValueGradientTask, "critic">

/** What a task's parts came to, added up. */
interface Found extends LossSum {
  readonly values: Float32Array
}

/** Loss and gradient of one part of a task, added to what was found before. */
const addPart = (
  device: Device,
  { weights }: Critic,
  task: Task,
  { batch, rollouts, tokens }: BatchPart,
  sum: GradientSum,
  found: Found
): void => {
  device.ops.scope(() => {
    const laid = lay(device, batch)
    const derive = (values: Float32Array): Float32Array => {
      const evaluated = evaluateValue(task.objective, {
        lengths: lengthsOf(batch),
        values,
        oldValues: takenFrom(task.oldValues, tokens),
        returns: takenFrom(task.returns, tokens),
        batchTokens: task.batchTokens,
        divisors: divisorsOf(task.divisors, rollouts)
      })
      addLoss(found, evaluated)
      putAt(found.values, values, tokens)
      return evaluated.dValues
    }
    differentiate(laid, weights, task.recompute ?? false, sum, valueTop(laid, weights.valueHead, derive))
    return null
  })
}

/** A clip can hide a number that is none, so it is looked for here. */
const checkTask = ({ batch, divisors, oldValues, returns }: Task): void => {
  const check = (name: string, values: Float32Array | Float64Array, expected: number): void => {
    if (values.length !== expected)
      throw new RangeError(`${name} has ${values.length} entries, the batch needs ${expected}`)
    const at = values.findIndex((value) => !Number.isFinite(value))
    if (at === -1) return
    const detail = `${name} holds ${values[at]} at ${at}`
    throw new EngineError({ operation: "valueGradient", reason: "not-finite", detail })
  }
  const tokens = tokensOf(batch)
  check("oldValues", oldValues, tokens)
  check("returns", returns, tokens)
  if (divisors === undefined) return
  const rollouts = batch.responses.flat().length
  check("divisors", divisors.loss, rollouts)
  check("divisors", divisors.terms, rollouts)
}

/** Throws EngineError (not-finite), and RangeError where the task's arrays do not fit its batch. */
export const valueGradientOf = (device: Device, critic: Critic, task: Task): ValueGradientResult => {
  checkTask(task)
  const found: Found = { loss: 0, terms: {}, values: new Float32Array(tokensOf(task.batch)) }
  const sum = gradientSum(device, critic.layout, valueHead, "valueGradient")
  for (const part of batchParts(task.batch, task.microBatch)) addPart(device, critic, task, part, sum, found)
  checkLoss("valueGradient", found)
  return { gradient: sum.finite(), ...found }
}

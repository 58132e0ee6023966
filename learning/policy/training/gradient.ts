/**
 * Scores and gradients of a batch under a policy's weights: forward, objective, backward, in one thread.
 */
import { evaluateObjective } from "../../objective/evaluate.ts"
import type { Device } from "../device.ts"
import { scoreTokens, scoreTokensBackward, type TokenGradients, type TokenScores } from "../model/head.ts"
import type { PolicyWeights } from "../model/weights.ts"
import { languageHeadOf, type ParameterLayout } from "../parameters.ts"
import type { GradientResult, GradientTask, SequenceBatch } from "../requests.ts"
import type { Tensor } from "../tensors/ops.ts"
import { differentiate, type Laid, lay, overRows, promptMajor, type TopGradients } from "./backbone.ts"
import { addLoss, checkLoss, type LossSum, lengthsOf, tokensOf } from "./batch-parts.ts"
import { type GradientPart, gradientParts } from "./gradient-parts.ts"
import { type GradientSum, gradientSum } from "./gradient-sum.ts"
import type { LoraConfig } from "./lora.ts"
import { adapterGradients } from "./lora-products.ts"
import { putAt, takenFrom } from "./places.ts"

/** One policy's weights on the device, and where they lie in a flat array. */
export interface Policy {
  /** Of the weights that the device computes with. */
  readonly layout: ParameterLayout
  readonly weights: PolicyWeights
  /** Where an adapter is trained and not the weights themselves; null else. */
  readonly adapter: { readonly lora: LoraConfig; readonly flat: Float32Array } | null
}

const ordered = ({ entropies, logProbs }: TokenScores, { batch }: Laid): TokenScores => ({
  logProbs: promptMajor(logProbs, batch),
  entropies: promptMajor(entropies, batch)
})

const scorePass = (laid: Laid, weights: PolicyWeights, temperature: number): TokenScores =>
  overRows(laid, weights, (rows) => {
    const { targets } = laid.batch
    return ordered(scoreTokens(laid.device, { temperature, rows, head: weights.head, targets }, false), laid)
  })

/** Log-probs and entropies of given responses, [N] each, prompt-major. */
export const score = (device: Device, weights: PolicyWeights, batch: SequenceBatch, temperature: number): TokenScores =>
  device.ops.scope(() => scorePass(lay(device, batch), weights, temperature))

/** The language head with what `derive` makes of its scores, both prompt-major. */
const languageTop =
  (laid: Laid, head: Tensor, temperature: number, derive: (scores: TokenScores) => TokenGradients) =>
  (rows: Tensor): TopGradients => {
    const { places, targets } = laid.batch
    const input = { temperature, rows, head, targets }
    const scores = scoreTokens(laid.device, input, true)
    const { dEntropies, dLogProbs } = derive(ordered(scores, laid))
    return scoreTokensBackward(laid.device, input, scores, {
      dLogProbs: takenFrom(dLogProbs, places),
      dEntropies: takenFrom(dEntropies, places)
    })
  }

/** What a task's parts came to, added up. */
interface Found extends LossSum {
  readonly logProbs: Float32Array
  readonly entropies: Float32Array
  readonly referenceLogProbs: Float32Array
}

/** Loss and gradient of one part of a task, added to what was found before. */
const addPart = (
  device: Device,
  { weights }: Policy,
  reference: PolicyWeights | null,
  task: GradientPart,
  sum: GradientSum,
  found: Found
): void => {
  device.ops.scope(() => {
    const { temperature, tokens } = task
    const laid = lay(device, task.batch)
    const referenceLogProbs =
      reference === null ? task.referenceLogProbs : scorePass(laid, reference, temperature).logProbs
    putAt(found.referenceLogProbs, referenceLogProbs, tokens)
    const derive = (scores: TokenScores): TokenGradients => {
      const evaluated = evaluateObjective(task.objective, {
        lengths: lengthsOf(task.batch),
        ...scores,
        oldLogProbs: task.oldLogProbs,
        referenceLogProbs,
        behaviourLogProbs: task.behaviourLogProbs,
        advantages: task.advantages,
        batchTokens: task.batchTokens,
        divisors: task.divisors
      })
      addLoss(found, evaluated)
      putAt(found.logProbs, scores.logProbs, tokens)
      putAt(found.entropies, scores.entropies, tokens)
      return evaluated
    }
    differentiate(laid, weights, task.recompute, sum, languageTop(laid, weights.head, temperature, derive))
    return null
  })
}

/** Throws EngineError (not-finite), and RangeError where the task's arrays do not fit its batch. */
export const gradientOf = (
  device: Device,
  policy: Policy,
  reference: PolicyWeights | null,
  task: Omit<GradientTask, "weights" | "reference">
): GradientResult => {
  const tokens = tokensOf(task.batch)
  const known = task.referenceLogProbs ?? new Float32Array(0)
  const found: Found = {
    ...{ loss: 0, terms: {}, logProbs: new Float32Array(tokens), entropies: new Float32Array(tokens) },
    referenceLogProbs: new Float32Array(reference === null ? known.length : tokens)
  }
  const sum = gradientSum(device, policy.layout, languageHeadOf(device.config), "gradient")
  for (const part of gradientParts(task)) addPart(device, policy, reference, part, sum, found)
  checkLoss("gradient", found)
  const flat = sum.finite()
  const { adapter } = policy
  const gradient =
    adapter === null ? flat : adapterGradients(device.ops, device.config, adapter.lora, flat, adapter.flat)
  return { gradient, ...found }
}

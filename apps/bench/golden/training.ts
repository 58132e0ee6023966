/**
 * Gradients of the negative log-likelihood, parameter by parameter, and what AdamW makes of them.
 */
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { type FoldSettings, foldGradients, initialFold } from "../../../learning/objective/fold.ts"
import { encodeParameters } from "../../../learning/policy/checkpoint/checkpoint.ts"
import type { Parameter, ParameterLayout } from "../../../learning/policy/parameters.ts"
import { l2, supervisedGradient } from "../../cli/gradients.ts"
import type { LoadedModel } from "../../cli/model.ts"
import { type Grads, tolerances } from "./cases.ts"
import { type Check, near, same } from "./check.ts"

const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0)

/** The part of a flat array that is one parameter; empty where there is no such parameter. */
const partOf = ({ parameters }: ParameterLayout, name: string) => {
  const { offset, size }: Pick<Parameter, "offset" | "size"> = parameters.find((each) => each.name === name) ?? {
    offset: 0,
    size: 0
  }
  return (flat: Float32Array): Float32Array => flat.subarray(offset, offset + size)
}

const settingsOf = ({ optimizer }: Grads): FoldSettings => ({
  learningRate: optimizer.lr,
  beta1: optimizer.betas[0],
  beta2: optimizer.betas[1],
  epsilon: optimizer.eps,
  weightDecay: optimizer.weight_decay,
  maxGradientNorm: optimizer.grad_clip_norm
})

/** One gradient, one step, and every parameter before and after. */
const checkOneStep = (
  name: string,
  grads: Grads,
  layout: ParameterLayout,
  found: { readonly loss: number; readonly gradient: Float32Array; readonly weights: Float32Array }
): ReadonlyArray<Check> => {
  const { gradient, loss, weights } = found
  const { gradientNorm, state } = foldGradients(initialFold(weights), [gradient], settingsOf(grads))
  const norm = grads.grad_norm_before_clip
  const whole = [
    near(`${name} grads.loss`, [loss], [grads.loss], tolerances.loss),
    near(`${name} grads.grad_norm_before_clip`, [gradientNorm], [norm], tolerances.gradient(norm)),
    same(
      `${name} grads.params`,
      layout.parameters.map((each) => each.name).toSorted(),
      grads.params.map((each) => each.name).toSorted()
    )
  ]
  const parameters = grads.params.flatMap((expected) => {
    const place = `${name} grads ${expected.name}`
    const part = partOf(layout, expected.name)
    const within = tolerances.gradient(expected.grad_l2)
    const eight = expected.grad_first8.length
    const shape = layout.parameters.find((each) => each.name === expected.name)?.shape ?? []
    return [
      same(`${place}.shape`, shape, expected.shape),
      near(`${place}.grad_l2`, [l2(part(gradient))], [expected.grad_l2], within),
      near(`${place}.grad_first8`, part(gradient).subarray(0, eight), expected.grad_first8, within),
      near(`${place}.sum_before`, [sum(part(weights))], [expected.sum_before], tolerances.sum),
      near(`${place}.sum_after_step`, [sum(part(state.weights))], [expected.sum_after_step], tolerances.sum),
      near(`${place}.after_first8`, part(state.weights).subarray(0, eight), expected.after_first8, tolerances.element)
    ]
  })
  return [...whole, ...parameters]
}

export const checkGradients = Effect.fn("golden.gradients")(function* (
  name: string,
  grads: Grads,
  loaded: LoadedModel,
  weights: Float32Array
) {
  const { gradient, loss } = yield* supervisedGradient(grads.batch, loaded)
  return checkOneStep(name, grads, loaded.layout, { loss, gradient, weights })
})

/** Steps one after another from the checkpoint, each gradient taken where the last step led. */
export const checkTrajectory = Effect.fn("golden.trajectory")(function* (
  name: string,
  grads: Grads,
  loaded: LoadedModel,
  weights: Float32Array
) {
  const { layout } = loaded
  const { store } = yield* Artifacts
  const settings = settingsOf(grads)
  const checks: Array<Check> = []
  let state = initialFold(weights.slice())
  for (const [i, step] of grads.trajectory.steps.entries()) {
    const place = `${name} trajectory.steps[${i}]`
    const hash = yield* store(encodeParameters(layout, state.weights))
    const { gradient, loss } = yield* supervisedGradient(step.rows, { layout, weights: hash })
    const scaled = gradient.map((value) => value * step.loss_scale)
    const folded = foldGradients(state, [scaled], settings)
    const norm = step.grad_norm_before_clip
    checks.push(
      near(`${place}.loss`, [loss * step.loss_scale], [step.loss], tolerances.loss),
      near(`${place}.grad_norm_before_clip`, [folded.gradientNorm], [norm], tolerances.gradient(norm))
    )
    state = folded.state
  }
  for (const expected of grads.trajectory.final) {
    const place = `${name} trajectory.final ${expected.name}`
    const own = partOf(layout, expected.name)(state.weights)
    checks.push(
      near(`${place}.sum`, [sum(own)], [expected.sum], tolerances.sum),
      near(`${place}.first8`, own.subarray(0, expected.first8.length), expected.first8, tolerances.element)
    )
  }
  return checks
})

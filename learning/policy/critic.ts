/**
 * A critic: a backbone of the policy's form with a value head, which says what return to expect from where a response
 * stands. Its parameters are those of the policy without the language head, then the value head.
 */
import type { PolicyConfig } from "./config.ts"
import { laidOut, layoutOf, type ParameterLayout } from "./parameters.ts"

/** One row without a bias. */
export const valueHead = "value_head.weight"

/** The parameters of the critic of a policy, in the order of their file. */
export const criticLayoutOf = (config: PolicyConfig): ParameterLayout =>
  laidOut([
    ...layoutOf({ ...config, tiedHead: true }).parameters.map(({ name, shape }) => [name, shape] as const),
    [valueHead, [1, config.hiddenSize]]
  ])

/**
 * [criticLayoutOf(config).size] the critic that training begins with: the policy's backbone, copied, and a head of zeros.
 *
 * Nothing is drawn at random: every first value is 0 and the first gradient reaches the head only, which takes the
 * backbone along from the second step on.
 *
 * @param layout where the policy's parameters lie in `weights`; throws RangeError where one of the backbone is missing
 */
export const initialCritic = (config: PolicyConfig, layout: ParameterLayout, weights: Float32Array): Float32Array => {
  const { parameters, size: total } = criticLayoutOf(config)
  const flat = new Float32Array(total)
  const places = new Map(layout.parameters.map((parameter) => [parameter.name, parameter]))
  for (const { name, offset, size } of parameters) {
    if (name === valueHead) continue
    const place = places.get(name)
    if (place?.size !== size) throw new RangeError(`the policy has ${place?.size ?? 0} numbers of ${name}, not ${size}`)
    flat.set(weights.subarray(place.offset, place.offset + size), offset)
  }
  return flat
}

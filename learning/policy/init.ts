/**
 * The weights a policy starts from before pretraining, as a function of a seed.
 *
 * Matrices are normal with variance 1 / fan-in, those that write into the residual stream (o_proj, down_proj) smaller by
 * sqrt(2 * layers), the embedding has standard deviation 0.04, norms are 1 and biases 0.
 */
import { sequence } from "../random/sequence.ts"
import type { PolicyConfig } from "./config.ts"
import { layoutOf, type Parameter } from "./parameters.ts"

/** The stream of randomness that initial weights are drawn from. */
const initStream = 0x696e6974 // "init"
const embeddingDeviation = 0.04

const deviationOf = ({ name, shape }: Parameter, config: PolicyConfig): number => {
  if (name === "model.embed_tokens.weight") return embeddingDeviation
  const fanIn = shape[shape.length - 1]
  const writesResidual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")
  return 1 / Math.sqrt(writesResidual ? fanIn * 2 * config.layers : fanIn)
}

/** [layoutOf(config).size] float32; the same for the same configuration and seed. */
export const initialWeights = (config: PolicyConfig, seed: number): Float32Array => {
  const layout = layoutOf(config)
  const flat = new Float32Array(layout.size)
  const randomness = sequence(seed, initStream)
  for (const parameter of layout.parameters) {
    const { name, offset, size } = parameter
    if (name.endsWith("norm.weight")) flat.fill(1, offset, offset + size)
    if (parameter.shape.length === 1) continue
    const deviation = deviationOf(parameter, config)
    for (let i = 0; i < size; i += 2) {
      // Box and Muller: two normal deviates from two uniform ones
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - randomness.uniform()))
      const angle = 2 * Math.PI * randomness.uniform()
      flat[offset + i] = radius * Math.cos(angle)
      if (i + 1 < size) flat[offset + i + 1] = radius * Math.sin(angle)
    }
  }
  return flat
}

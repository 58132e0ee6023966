/**
 * The rotary frequencies of a head: how far each pair of its numbers turns from one position to the next, in radians.
 *
 * Each step is rounded to float32, as transformers computes them: angles at far positions show a last bit.
 */
import type { Llama3Scaling, PolicyConfig } from "../config.ts"

const { fround } = Math

/** Long waves turn `factor` times slower, short ones as before, those between go over smoothly. */
const scaled = (frequency: number, scaling: Llama3Scaling): number => {
  const { factor, highFrequencyFactor, lowFrequencyFactor, originalMaxPositions } = scaling
  const wavelength = fround(fround(2 * Math.PI) / frequency)
  if (wavelength < fround(originalMaxPositions / highFrequencyFactor)) return frequency
  const slowed = fround(frequency / fround(factor))
  if (wavelength > fround(originalMaxPositions / lowFrequencyFactor)) return slowed
  const turns = fround(fround(originalMaxPositions) / wavelength)
  const range = fround(highFrequencyFactor - lowFrequencyFactor)
  const smooth = fround(fround(turns - fround(lowFrequencyFactor)) / range)
  const slow = fround(fround(fround(1 - smooth) * frequency) / fround(factor))
  return fround(slow + fround(smooth * frequency))
}

/** [headSize / 2] float32, from the fastest pair to the slowest. */
export const inverseFrequencies = ({ headSize, rope }: Pick<PolicyConfig, "headSize" | "rope">): Float32Array =>
  Float32Array.from({ length: headSize / 2 }, (_, i) => {
    const power = fround(fround(rope.theta) ** fround((2 * i) / headSize))
    const frequency = fround(1 / power)
    return rope.scaling === null ? frequency : scaled(frequency, rope.scaling)
  })

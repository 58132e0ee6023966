/**
 * An adapter merged into its base on the host, for a checkpoint that needs no adapter.
 *
 * Products are summed in doubles and rounded once; an engine merges in float32, so last bits may differ from its own.
 */
import type { PolicyConfig } from "../config.ts"
import { adaptedParameters, type LoraConfig, loraScale } from "./lora.ts"

/**
 * [base.length] a new array: the base with scale B A added to every adapted matrix.
 *
 * @param base in the layout of the configuration
 * @param adapter in the layout of the adapter
 */
export const mergeAdapter = (
  config: PolicyConfig,
  lora: LoraConfig,
  base: Float32Array,
  adapter: Float32Array
): Float32Array => {
  const merged = base.slice()
  const { rank } = lora
  for (const { a, b, base: w } of adaptedParameters(config, lora)) {
    const [rows, columns] = w.shape
    const sums = new Float64Array(columns)
    for (let row = 0; row < rows; row++) {
      sums.fill(0)
      for (let r = 0; r < rank; r++) {
        const weight = adapter[b.offset + row * rank + r]
        const from = a.offset + r * columns
        for (let column = 0; column < columns; column++) sums[column] += weight * adapter[from + column]
      }
      const to = w.offset + row * columns
      for (let column = 0; column < columns; column++) merged[to + column] += loraScale(lora) * sums[column]
    }
  }
  return merged
}

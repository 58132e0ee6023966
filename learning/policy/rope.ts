/**
 * Rotary position embeddings: each pair (i, i + size/2) of a head turns by position / theta^(2i/size).
 *
 * A position's rotation is kept as a [size, size] matrix that rows are multiplied by, because rows lie position after
 * position: the rotation of a whole block is one batched product, and its gradient the product with the transpose.
 * Scores depend on distances only, so positions may be counted from the start of a padded prompt.
 * Source: Su et al. 2021 (arXiv 2104.09864), the half-split form of Llama.
 */
import type { PolicyConfig } from "./config.ts"
import type { Ops, Tensor } from "./ops.ts"

/** [positions, size, size]; angles are rounded to float32 as transformers computes them. */
export const rotationMatrices = (
  { headSize, rope }: Pick<PolicyConfig, "headSize" | "rope">,
  positions: number
): Float32Array => {
  const half = headSize / 2
  const matrices = new Float32Array(positions * headSize * headSize)
  for (let i = 0; i < half; i++) {
    const frequency = Math.fround(1 / Math.fround(rope.theta ** ((2 * i) / headSize)))
    for (let position = 0; position < positions; position++) {
      const angle = Math.fround(position * frequency)
      const cosine = Math.cos(angle)
      const sine = Math.sin(angle)
      const first = (position * headSize + i) * headSize
      const second = first + half * headSize
      matrices[first + i] = cosine
      matrices[first + half + i] = sine
      matrices[second + i] = -sine
      matrices[second + half + i] = cosine
    }
  }
  return matrices
}

export interface Rotations {
  /** [count, size, size], for the positions from `first` on. The caller's scope frees it. */
  readonly of: (first: number, count: number) => Tensor
  readonly free: () => void
}

/** Rotations on a device; the table grows to the farthest position that was asked for. */
export const rotationsOn = (ops: Ops, config: PolicyConfig): Rotations => {
  const { headSize } = config
  let positions = 64
  const upload = () => ops.floats(rotationMatrices(config, positions), [positions, headSize, headSize])
  let table: Tensor | null = null
  return {
    of: (first, count) => {
      if (table !== null && first + count > positions) {
        ops.free(table)
        table = null
      }
      while (positions < first + count) positions *= 2
      table ??= ops.keep(upload)
      return ops.slice(table, first, count)
    },
    free: () => {
      if (table !== null) ops.free(table)
      table = null
    }
  }
}

/**
 * Rotary position embeddings: each pair (i, i + size/2) of a head turns by position * frequency i.
 *
 * Source: Su et al. 2021 (arXiv 2104.09864), the half-split form of Llama; frequencies in rope-frequencies.ts.
 */
import type { PolicyConfig } from "../config.ts"
import type { Ops, Tensor } from "../tensors/ops.ts"
import { inverseFrequencies } from "./rope-frequencies.ts"

/** The angles of some columns: cosines [2, size/2, columns], sines likewise, negative for the first of each pair. */
export type Rotation = {
  readonly cosine: Tensor
  readonly sine: Tensor
}

/** @param x [heads, size, columns] */
export const rotate = (ops: Ops, { cosine, sine }: Rotation, x: Tensor, way: "forward" | "back"): Tensor => {
  const [heads, size, columns] = x.shape
  const pairs = ops.reshape(x, [heads, 2, size / 2, columns])
  const straight = ops.mul(pairs, cosine)
  const across = ops.mul(ops.swap(pairs, 1), sine)
  return ops.reshape(way === "forward" ? ops.add(straight, across) : ops.sub(straight, across), x.shape)
}

/**
 * [positions, size] each: cosines and sines for one position after another, in the order of Rotation's axes.
 *
 * Angles are rounded to float32 as transformers computes them.
 */
export const angleTables = (
  config: Pick<PolicyConfig, "headSize" | "rope">,
  positions: number
): { readonly cosines: Float32Array; readonly sines: Float32Array } => {
  const { headSize } = config
  const half = headSize / 2
  const frequencies = inverseFrequencies(config)
  const cosines = new Float32Array(positions * headSize)
  const sines = new Float32Array(positions * headSize)
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(position * frequencies[i])
      const first = position * headSize + i
      cosines[first] = Math.cos(angle)
      cosines[first + half] = cosines[first]
      sines[first + half] = Math.sin(angle)
      sines[first] = -sines[first + half]
    }
  }
  return { cosines, sines }
}

export interface Rotations {
  /** The rotation of columns that stand at these positions. The caller's scope frees it. */
  readonly at: (positions: Int32Array) => Rotation
}

/** Rotations on a device; the tables grow to the farthest position that was asked for. */
export const rotationsOn = (ops: Ops, config: PolicyConfig): Rotations => {
  const { headSize } = config
  let reach = 64
  let tables: { readonly cosines: Tensor; readonly sines: Tensor } | null = null
  const upload = () =>
    ops.keep(() => {
      const { cosines, sines } = angleTables(config, reach)
      return { cosines: ops.floats(cosines, [reach, headSize]), sines: ops.floats(sines, [reach, headSize]) }
    })
  const columns = (table: Tensor, indices: Tensor): Tensor =>
    ops.reshape(ops.transpose(ops.gather(table, indices), [1, 0]), [2, headSize / 2, indices.shape[0]])
  return {
    at: (positions) => {
      const needed = positions.reduce((most, position) => Math.max(most, position + 1), 0)
      if (tables !== null && needed > reach) {
        ops.free(tables)
        tables = null
      }
      while (reach < needed) reach *= 2
      tables ??= upload()
      const held = tables
      return ops.scope(() => {
        const indices = ops.indices(positions)
        return { cosine: columns(held.cosines, indices), sine: columns(held.sines, indices) }
      })
    }
  }
}

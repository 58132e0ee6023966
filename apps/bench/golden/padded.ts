/**
 * Padded rows with a mask, as the reference has them, and the tokens of responses one after another, as Onefold has them.
 */
import { Schema } from "effect"

export const Numbers = Schema.Array(Schema.Number)
/** [B][T] */
export const Rows = Schema.Array(Numbers)
export type Rows = typeof Rows.Type
/** [B][T][V] */
export const Cubes = Schema.Array(Rows)

/** The tokens that a mask keeps, of which there may be none in a row, and gaps between them. */
export interface Kept {
  /** [N] row and column. */
  readonly places: ReadonlyArray<readonly [row: number, column: number]>
  /** [B] kept tokens of each row. */
  readonly lengths: Int32Array
}

export const keptBy = (mask: Rows): Kept => ({
  places: mask.flatMap((row, i) => row.flatMap((keep, j) => (keep === 0 ? [] : [[i, j] as const]))),
  lengths: Int32Array.from(mask, (row) => row.filter((keep) => keep !== 0).length)
})

/** Every place of padded rows. */
export const whole = (rows: Rows): Kept => keptBy(rows.map((row) => row.map(() => 1)))

/** [N] of padded rows. */
export const gather = (rows: Rows, { places }: Kept): Float32Array => Float32Array.from(places, ([i, j]) => rows[i][j])

/** Back to padded rows, 0 where nothing was kept; row after row. */
export const scatter = (values: ArrayLike<number>, { places }: Kept, like: Rows): Float64Array => {
  const starts = like.map((_, i) => like.slice(0, i).reduce((sum, row) => sum + row.length, 0))
  const padded = new Float64Array(like.reduce((sum, row) => sum + row.length, 0))
  for (const [t, [i, j]] of places.entries()) padded[starts[i] + j] = values[t]
  return padded
}

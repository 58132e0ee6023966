/**
 * Numbers of tokens by place: a batch, its parts and the device each have an order of their own.
 */

/** values[places[n]] at n. */
export const takenFrom = (values: Float32Array, places: Int32Array): Float32Array => {
  const target = new Float32Array(places.length)
  for (let n = 0; n < places.length; n++) target[n] = values[places[n]]
  return target
}

/** Writes values[n] at places[n]. */
export const putAt = (target: Float32Array, values: Float32Array, places: Int32Array): Float32Array => {
  for (let n = 0; n < values.length; n++) target[places[n]] = values[n]
  return target
}

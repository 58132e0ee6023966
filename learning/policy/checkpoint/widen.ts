/**
 * Stored numbers as float32: F32 as it is, F16 and BF16 widened, which loses nothing.
 *
 * The bytes are little-endian, as every machine that this runs on; typed arrays read them at the speed of memory.
 */

export const floatBytes = { F32: 4, F16: 2, BF16: 2 } as const
export type FloatDtype = keyof typeof floatBytes

export const isFloatDtype = (dtype: string): dtype is FloatDtype => Object.hasOwn(floatBytes, dtype)

/** The float of an IEEE half's bits: sign, 5 bits of exponent, 10 of fraction. */
const halfToFloat = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

let halves: Float32Array | undefined
/** Every half there is. */
const halfTable = (): Float32Array => {
  halves ??= Float32Array.from({ length: 65536 }, (_, half) => halfToFloat(half))
  return halves
}

/** The upper halves of floats; two at once, which is a third faster. */
const widenBrains = (bytes: Uint8Array, target: Float32Array): void => {
  const count = target.length
  const pairs = new Uint32Array(bytes.buffer, bytes.byteOffset, count >> 1)
  const bits = new Uint32Array(target.buffer, target.byteOffset, count)
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]
    bits[2 * i] = pair << 16
    bits[2 * i + 1] = pair & 0xffff0000
  }
  if (count % 2 === 1) bits[count - 1] = (bytes[2 * count - 1] << 24) | (bytes[2 * count - 2] << 16)
}

const widenHalves = (bytes: Uint8Array, target: Float32Array): void => {
  const stored = new Uint16Array(bytes.buffer, bytes.byteOffset, target.length)
  const table = halfTable()
  for (let i = 0; i < target.length; i++) target[i] = table[stored[i]]
}

/** Writes the numbers of `bytes` to `target`, which has one place for each. */
export const widen = (bytes: Uint8Array, dtype: FloatDtype, target: Float32Array): void => {
  const aligned = dtype === "F32" || bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  if (dtype === "BF16") widenBrains(aligned, target)
  else if (dtype === "F16") widenHalves(aligned, target)
  else new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes)
}

/** Whether no NaN or infinity is among them; four sums, so that none waits for the one before. */
export const isFiniteArray = (values: Float32Array): boolean => {
  let [a, b, c, d] = [0, 0, 0, 0]
  const whole = values.length - (values.length % 4)
  for (let i = 0; i < whole; i += 4) {
    a += values[i] * 0 // NaN from the first NaN or infinity on
    b += values[i + 1] * 0
    c += values[i + 2] * 0
    d += values[i + 3] * 0
  }
  for (let i = whole; i < values.length; i++) a += values[i] * 0
  return a + b + c + d === 0
}

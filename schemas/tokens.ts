/**
 * Numbers of which there is one for each token: typed arrays in memory, little-endian bytes on the wire.
 *
 * Whether the values are finite is checked by the codec, once, when they are written or read.
 */
import { Schema, SchemaTransformation } from "effect"

/** Any values of a sensible size, for tests that make events up. */
const someIds = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 })))
const someNumbers = Schema.Array(Schema.Finite.check(Schema.isBetween({ minimum: -1e6, maximum: 1e6 })))
const someBytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))

/** [T] token ids of the tokenizer. */
export const TokenIds = Schema.declare<Int32Array>((value): value is Int32Array => value instanceof Int32Array, {
  identifier: "TokenIds",
  toCodecArbitrary: () =>
    Schema.link<Int32Array>()(
      someIds,
      SchemaTransformation.transform({
        decode: (ids): Int32Array => Int32Array.from(ids),
        encode: (ids) => Array.from(ids)
      })
    )
})
export type TokenIds = typeof TokenIds.Type

/** [T] one float32 for each token. */
export const PerToken = Schema.declare<Float32Array>((value): value is Float32Array => value instanceof Float32Array, {
  identifier: "PerToken",
  toCodecArbitrary: () =>
    Schema.link<Float32Array>()(
      someNumbers,
      SchemaTransformation.transform({
        decode: (numbers): Float32Array => Float32Array.from(numbers),
        encode: (numbers) => Array.from(numbers)
      })
    )
})
export type PerToken = typeof PerToken.Type

/** Bytes as they are. */
export const Bytes = Schema.declare<Uint8Array>((value): value is Uint8Array => value instanceof Uint8Array, {
  identifier: "Bytes",
  toCodecArbitrary: () =>
    Schema.link<Uint8Array>()(
      someBytes,
      SchemaTransformation.transform({
        decode: (bytes): Uint8Array => Uint8Array.from(bytes),
        encode: (bytes) => Array.from(bytes)
      })
    )
})

interface Sampled {
  readonly tokens: TokenIds
  readonly logProbs: PerToken
  readonly entropies: PerToken | null
}

/** What is wrong where an answer's arrays do not line up one to one. */
export const lengthFault = ({ entropies, logProbs, tokens }: Sampled): string | undefined => {
  if (logProbs.length !== tokens.length) return `${logProbs.length} logProbs for ${tokens.length} tokens`
  if (entropies !== null && entropies.length !== tokens.length)
    return `${entropies.length} entropies for ${tokens.length} tokens`
  return undefined
}

/**
 * Numbers with the range they can have. Counts that Avro writes as an int end where an int ends.
 */
import { Schema } from "effect"
import { largestInt } from "./ids.ts"

/** 0, 1, 2 … (Avro int). */
export const Count = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: largestInt }))

/** 1, 2, 3 … (Avro int). */
export const Positive = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: largestInt }))

/** 0, 1, 2 … (Avro long): up to what a double still holds exactly once Avro has doubled it. */
export const LongCount = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 52 - 1 }))

/** A share of a whole: 0 to 1. */
export const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** A finite number not below 0. */
export const NotNegative = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

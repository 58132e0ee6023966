/**
 * Numbers on the command line, and how far they may go.
 */
import { Effect, Schema } from "effect"
import { largestInt } from "../../schemas/ids.ts"

const Range = { flag: Schema.String, value: Schema.Finite, least: Schema.Finite, most: Schema.Finite }

export class OptionOutOfRange extends Schema.TaggedError<OptionOutOfRange>()("OptionOutOfRange", Range) {
  override get message(): string {
    return `${this.flag} ${this.value} is out of range: it goes from ${this.least} to ${this.most}`
  }
}

const checked = (range: {
  readonly flag: string
  readonly value: number
  readonly least: number
  readonly most: number
}) => (range.value >= range.least && range.value <= range.most ? Effect.void : Effect.fail(new OptionOutOfRange(range)))

/** A seed has 32 bits. Fails with OptionOutOfRange. */
export const checkSeed = (flag: string, value: number) => checked({ flag, value, least: 0, most: 0xffffffff })

/** 1, 2, 3 … as far as an event can say it. Fails with OptionOutOfRange. */
export const checkCount = (flag: string, value: number) => checked({ flag, value, least: 1, most: largestInt })

/** A number of a flag's own range, both ends in it. Fails with OptionOutOfRange. */
export const checkBetween = (flag: string, value: number, least: number, most: number) =>
  checked({ flag, value, least, most })

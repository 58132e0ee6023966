/**
 * How a text is split into words before merging: the pre_tokenizer of tokenizer.json, said so that the JavaScript library
 * does what the original does.
 *
 * The library's Digits knows ASCII digits only, where the original asks for any number (², Ⅷ, ٣); its ByteLevel takes
 * JavaScript's white space, which has U+FEFF and lacks U+0085. Its Split reads a pattern as the original does. So both
 * are written as Splits.
 */
import { Schema } from "effect"

const Sequence = Schema.Struct({ type: Schema.Literal("Sequence"), pretokenizers: Schema.Array(Schema.Unknown) })
const Digits = Schema.Struct({
  type: Schema.Literal("Digits"),
  individual_digits: Schema.optional(Schema.Boolean)
})
const ByteLevel = Schema.Struct({
  type: Schema.Literal("ByteLevel"),
  add_prefix_space: Schema.optional(Schema.Boolean),
  use_regex: Schema.optional(Schema.Boolean)
})
const Split = Schema.Struct({
  type: Schema.Literal("Split"),
  pattern: Schema.Union([Schema.Struct({ Regex: Schema.String }), Schema.Struct({ String: Schema.String })]),
  behavior: Schema.String,
  invert: Schema.optional(Schema.Boolean)
})

/** GPT-2's words, which ByteLevel stands for. */
const words = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

const splitAt = (pattern: string) => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false
})

/** Puts a space before a text that begins with none; "$&" is what the pattern found. */
const prefixSpace = { type: "Replace", pattern: { Regex: String.raw`\A[^ ]` }, content: " $&" }

const bytes = { type: "ByteLevel", add_prefix_space: false, use_regex: false }

/** Behaviours of Split that the library knows. */
const behaviours = ["isolated", "removed"]

/** @throws Error that says which part is not supported */
const restatedSplit = (split: typeof Split.Type): unknown => {
  const behavior = split.behavior.toLowerCase()
  if (!behaviours.includes(behavior)) throw new Error(`pre_tokenizer: Split with ${split.behavior} is not supported`)
  // What is kept apart is the same whichever half of it the pattern describes.
  return behavior === "isolated" ? { ...split, invert: false } : split
}

const Known = Schema.Struct({ type: Schema.Literals(["Sequence", "Digits", "ByteLevel", "Split"]) })

/** @throws Error that says which part is not supported */
export const restated = (part: unknown): unknown => {
  if (Schema.is(Sequence)(part)) return { ...part, pretokenizers: part.pretokenizers.map(restated) }
  if (Schema.is(Digits)(part)) return splitAt(part.individual_digits === true ? String.raw`\p{N}` : String.raw`\p{N}+`)
  if (Schema.is(ByteLevel)(part)) {
    if (part.use_regex === false) return part
    const prefix = part.add_prefix_space === true ? [prefixSpace] : []
    return { type: "Sequence", pretokenizers: [...prefix, splitAt(words), bytes] }
  }
  if (Schema.is(Split)(part)) return restatedSplit(part)
  if (Schema.is(Known)(part)) throw new Error(`pre_tokenizer: a field of ${part.type} is missing or of another kind`)
  return part
}

/**
 * What was given to a command to work on cannot be worked on: a prompt, a line, a batch.
 */
import { Schema } from "effect"

/** `place` is the flag, the file, or the line and its number. */
export class InputUnusable extends Schema.TaggedError<InputUnusable>()("InputUnusable", {
  place: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `${this.place}: ${this.reason}`
  }
}

/** What is wrong with token ids that shall be read by a model, or null. */
export const unusableTokens = (
  tokens: ReadonlyArray<number> | Int32Array,
  model: { readonly vocabularySize: number; readonly maxPositions: number }
): string | null => {
  if (tokens.length === 0) return "there are no tokens"
  if (tokens.length > model.maxPositions)
    return `it has ${tokens.length} tokens, and the model has ${model.maxPositions} positions`
  const at = tokens.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= model.vocabularySize)
  return at < 0 ? null : `token ${at} is ${tokens[at]}, and the model's tokens go from 0 to ${model.vocabularySize - 1}`
}

/**
 * Why a tokenizer was refused: one error for everything that can be wrong with the tokenizer of a Hugging Face folder.
 */
import { Schema } from "effect"

/** tokenizer.json, tokenizer_config.json or chat_template.jinja is not one that can be used. */
export class TokenizerInvalid extends Schema.TaggedError<TokenizerInvalid>()("TokenizerInvalid", {
  /** Its path, or its name where it came from no folder. */
  file: Schema.String,
  /** Which field is wrong, and why. */
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.file} cannot be used: ${this.detail}; copy it again from the checkpoint it belongs to`
  }
}

/** A text short enough to be shown. */
export const shortened = (text: string, limit = 80): string => (text.length > limit ? `${text.slice(0, limit)}…` : text)

/** A schema's complaint in one line. */
export const complaint = (error: { readonly message: string }): string =>
  shortened(error.message.replace(/\s+/g, " "), 400)

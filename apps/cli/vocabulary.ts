/**
 * A model's tokens as texts, by their ids: what the history calls them.
 */
import type { Tokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"

export const vocabularyOf = (tokenizer: Tokenizer): ReadonlyArray<string> =>
  Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.token(id))

/**
 * The miniature's tokenizer as the two files of a Hugging Face folder.
 *
 * WordLevel after a Split that knows every token, longest first: the split is the greedy longest match, and what no
 * token writes is left as a piece of its own. The unknown token is deliberately absent from the vocabulary, so such a
 * piece makes transformers fail and Onefold's tokenizer name it; neither invents an id.
 */
import { contextLength, eosToken, padToken, vocabulary } from "./vocabulary.ts"

/** Longest first; tokens of one length keep their order (none is another's head then). */
const longestFirst = [...vocabulary].sort((a, b) => b.length - a.length)

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")

const special = (content: string) => ({
  id: vocabulary.indexOf(content),
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true
})

/** What tokenizer.json holds. */
export const tokenizerJson = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [special(padToken), special(eosToken)],
  normalizer: null,
  pre_tokenizer: {
    type: "Split",
    pattern: { Regex: longestFirst.map(escaped).join("|") },
    behavior: "Isolated",
    invert: false
  },
  post_processor: null,
  decoder: { type: "Fuse" },
  model: {
    type: "WordLevel",
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
    unk_token: "<unk>"
  }
}

/** What tokenizer_config.json holds. */
export const tokenizerConfigJson = {
  tokenizer_class: "PreTrainedTokenizerFast",
  eos_token: eosToken,
  pad_token: padToken,
  padding_side: "left",
  clean_up_tokenization_spaces: false,
  model_max_length: contextLength
}

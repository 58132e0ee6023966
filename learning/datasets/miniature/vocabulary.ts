/**
 * The 56 tokens of the miniature; a token's id is its place in this list.
 *
 * Text is cut greedily, longest token first. The last token is never written: it pads the list to a multiple of eight.
 */

export const padToken = "<pad>"
export const eosToken = "<eos>"

const characters = [..."0123456789+-*/=()x;,.?} \n:"]

const words = [
  "\\boxed{",
  ...["ann", "tom", "sue", "bob"],
  ...["has", "gets", "finds", "buys", "loses", "eats", "gives"],
  ...["pens", "nuts", "cards", "eggs"],
  ...["how many", "next", "max of", "sum of", "and"],
  ...["so", "hmm", "wait", "let me see", "step by step:", "answer:"]
]

export const vocabulary: ReadonlyArray<string> = [padToken, eosToken, ...characters, ...words, "<r55>"]

/** Tokens that a prompt and its response may fill together. */
export const contextLength = 128

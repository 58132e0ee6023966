/**
 * The texts of tokens in a column of words: each text is looked up once for a block.
 */
import type { WordColumn } from "./columns.ts"

const unknown = -1

export class TokenTexts {
  readonly #vocabulary: ReadonlyArray<string>
  readonly #column: WordColumn
  /** Of each token id its text's index in the column; the last place is for ids that the vocabulary does not have. */
  readonly #indexes: Int32Array
  #pushed = new Uint32Array(0)

  /** @param vocabulary texts by token id */
  constructor(vocabulary: ReadonlyArray<string>, column: WordColumn) {
    this.#vocabulary = vocabulary
    this.#column = column
    this.#indexes = new Int32Array(vocabulary.length + 1).fill(unknown)
  }

  /** Pushes the text of each token; an empty one for an id that the vocabulary does not have. */
  push(tokens: Int32Array): void {
    const { length } = tokens
    if (this.#pushed.length < length) this.#pushed = new Uint32Array(2 * length)
    const [indexes, pushed] = [this.#indexes, this.#pushed]
    const beyond = indexes.length - 1
    for (let i = 0; i < length; i++) {
      const token = Math.min(tokens[i], beyond)
      const known = indexes[token]
      pushed[i] = known === unknown ? this.#lookUp(token) : known
    }
    this.#column.extend(pushed.subarray(0, length))
  }

  #lookUp(token: number): number {
    const index = this.#column.indexOf(this.#vocabulary[token] ?? "")
    this.#indexes[token] = index
    return index
  }
}

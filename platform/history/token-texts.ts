/**
 * The texts of tokens in a column of words: each text is looked up once for a block.
 */
import type { WordColumn } from "./columns.ts"

export class TokenTexts {
  readonly #vocabulary: ReadonlyArray<string>
  readonly #column: WordColumn
  readonly #indexes = new Map<number, number>()

  /** @param vocabulary texts by token id */
  constructor(vocabulary: ReadonlyArray<string>, column: WordColumn) {
    this.#vocabulary = vocabulary
    this.#column = column
  }

  /** Pushes the text of each token; an empty one for an id that the vocabulary does not have. */
  push(tokens: Int32Array): void {
    for (const token of tokens) this.#column.pushIndex(this.#indexOf(token))
  }

  #indexOf(token: number): number {
    const known = this.#indexes.get(token)
    if (known !== undefined) return known
    const index = this.#column.indexOf(this.#vocabulary[token] ?? "")
    this.#indexes.set(token, index)
    return index
  }
}

/**
 * A place in a row of tokens.
 */
import type { Steps } from "../steps.ts"
import type { Dialect } from "./dialect.ts"
import type { Token } from "./tokens.ts"
import type { Expression } from "./tree.ts"

/** Groups within groups; deeper ones cannot be read. */
const depthLimit = 120

export class Reader {
  readonly dialect: Dialect
  readonly #tokens: ReadonlyArray<Token>
  readonly #steps: Steps
  #at = 0
  #depth = 0

  constructor(tokens: ReadonlyArray<Token>, dialect: Dialect, steps: Steps) {
    this.#tokens = tokens
    this.dialect = dialect
    this.#steps = steps
  }

  here(ahead: number = 0): Token | undefined {
    return this.#tokens[this.#at + ahead]
  }

  next(): void {
    this.#steps.take(1)
    this.#at += 1
  }

  isMark(text: string, ahead: number = 0): boolean {
    const token = this.here(ahead)
    return token?.kind === "mark" && token.text === text
  }

  isCommand(text: string): boolean {
    const token = this.here()
    return token?.kind === "command" && token.text === text
  }

  /** Takes a mark; false where another token stands. */
  take(text: string): boolean {
    if (!this.isMark(text)) return false
    this.next()
    return true
  }

  /** What is read one level further in; null where that is too deep. */
  further(read: () => Expression | null): Expression | null {
    if (this.#depth >= depthLimit) return null
    this.#depth += 1
    const found = read()
    this.#depth -= 1
    return found
  }

  /** What stands between two marks. */
  inside(open: string, close: string, read: (reader: Reader) => Expression | null): Expression | null {
    if (!this.take(open)) return null
    const found = read(this)
    return found !== null && this.take(close) ? found : null
  }
}

/**
 * JSON objects whose keys keep their order: JSON.parse makes an object, and an object puts keys that look like integers
 * first, by value.
 */
import { Result } from "effect"
import { getNodeValue, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser"

export interface Entry {
  readonly key: string
  readonly value: unknown
}

/** The entries of a JSON object in their order, a key that stands there twice among them; null where it is no object. */
export type Entries = ReadonlyArray<Entry> | null

/** The line of an offset, from 1 on. */
const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length

const entriesOf = (text: string): Result.Result<Entries, string> => {
  const errors: Array<ParseError> = []
  const root = parseTree(text, errors, { disallowComments: true })
  const error = errors.at(0)
  if (error !== undefined || root === undefined) {
    const what = error === undefined ? "nothing is there" : printParseErrorCode(error.error)
    return Result.fail(`${what} in line ${lineOf(text, error?.offset ?? 0)}`)
  }
  if (root.type !== "object") return Result.succeed(null)
  return Result.succeed(
    (root.children ?? []).map(({ children }) => {
      const [key, value] = children ?? []
      return { key: String(key.value), value: getNodeValue(value) }
    })
  )
}

/** Reads a JSON text; what is wrong with it comes in words. */
export const orderedEntries = (text: string): Result.Result<Entries, string> => {
  try {
    return entriesOf(text.replace(/^\ufeff/, ""))
  } catch (cause) {
    // Lists within lists by the thousand exhaust the parser's stack.
    return Result.fail(cause instanceof Error ? cause.message : String(cause))
  }
}

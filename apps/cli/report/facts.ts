/**
 * A nested value as a flat list of names and texts, for lists of settings and hashes.
 */

/** One line of such a list. */
export interface Fact {
  readonly name: string
  readonly text: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const inner = (prefix: string, key: string): string => (prefix === "" ? key : `${prefix}.${key}`)

/** `{a: {b: 1}, c: [2, 3]}` becomes a.b = 1, c.0 = 2, c.1 = 3; names in the value's own order. */
export const factsOf = (value: unknown, name = ""): ReadonlyArray<Fact> => {
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => factsOf(item, inner(name, String(index))))
  if (isRecord(value)) return Object.entries(value).flatMap(([key, item]) => factsOf(item, inner(name, key)))
  return [{ name, text: String(value) }]
}

/**
 * Numbers and names: the leaves of an expression.
 */
import { ofDigits } from "./rational.ts"
import type { Reader } from "./reader.ts"
import type { Expression } from "./tree.ts"

/** A number as it is written; null where it has more digits than anyone needs. */
export const numberFrom = (written: string): Expression | null => {
  const text = written.replaceAll(",", "").toLowerCase()
  const exponentAt = text.indexOf("e")
  const mantissa = exponentAt < 0 ? text : text.slice(0, exponentAt)
  const exponent = exponentAt < 0 ? 0 : Number(text.slice(exponentAt + 1))
  const point = mantissa.indexOf(".")
  const whole = point < 0 ? mantissa : mantissa.slice(0, point)
  const part = point < 0 ? "" : mantissa.slice(point + 1)
  const value = ofDigits(whole, part, exponent)
  if (value === null) return null
  return { kind: "number", value, places: point < 0 && exponentAt < 0 ? null : Math.max(0, part.length - exponent) }
}

export const numberOf = (reader: Reader): Expression | null => {
  const token = reader.here()
  if (token?.kind !== "number") return null
  reader.next()
  return numberFrom(token.text)
}

const constantNames = { pi: "pi", e: "e", E: "e", i: "i", I: "i" } as const

export const named = (name: string, reader: Reader): Expression => {
  if (name === "infty" || name === "oo") return { kind: "constant", name: "infinity" }
  if (reader.dialect.constants.has(name) && name in constantNames)
    return { kind: "constant", name: constantNames[name as keyof typeof constantNames] }
  return { kind: "symbol", name }
}

/** What an index says, spelled out: `_1`, `_{12}` and `_{1 2}` are the same. Null where it cannot be read. */
export const indexOf = (reader: Reader): string | null => {
  if (!reader.take("_")) return ""
  const first = reader.here()
  if (first === undefined) return null
  if (!reader.isMark("{")) {
    reader.next()
    return first.kind === "bad" || first.kind === "mark" ? null : `_${first.text}`
  }
  let spelled = "_"
  let depth = 0
  for (let token = reader.here(); token !== undefined; token = reader.here()) {
    reader.next()
    if (token.kind === "bad") return null
    if (token.text === "{") depth += 1
    else if (token.text === "}") {
      depth -= 1
      if (depth === 0) return spelled
    } else spelled += token.text
  }
  return null
}

/** A name with its index and primes, or null where none stands here. */
export const nameOf = (reader: Reader): string | null => {
  const token = reader.here()
  if (token === undefined || (token.kind !== "name" && token.kind !== "command")) return null
  reader.next()
  let name = token.text
  while (reader.take("'")) name += "'"
  const index = indexOf(reader)
  if (index === null) return null
  name += index
  while (reader.take("'")) name += "'"
  return name
}

export const symbolOf = (reader: Reader): Expression | null => {
  const name = nameOf(reader)
  return name === null ? null : named(name, reader)
}

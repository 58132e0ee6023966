/**
 * Two events of one id, and the first thing in which they differ, in words.
 */
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"

export interface EventDifference {
  /** A path into the event: metrics.loss, logProbs[7]. */
  readonly field: string
  readonly was: string
  readonly is: string
}

const longest = 80

const text = (value: unknown): string => {
  const json = JSON.stringify(value) ?? "nothing"
  return json.length > longest ? `${json.slice(0, longest)}…` : json
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const at = (value: object, key: string): unknown => new Map(Object.entries(value)).get(key)

const pathTo = (path: string, inside: object, key: string): string => {
  if (Array.isArray(inside) || ArrayBuffer.isView(inside)) return `${path}[${key}]`
  return path === "" ? key : `${path}.${key}`
}

const within = (then: unknown, now: unknown, path: string): EventDifference | null => {
  if (Object.is(then, now)) return null
  if (!isObject(then) || !isObject(now)) return { field: path, was: text(then), is: text(now) }
  for (const key of new Set([...Object.keys(then), ...Object.keys(now)])) {
    const found = within(at(then, key), at(now, key), pathTo(path, then, key))
    if (found !== null) return found
  }
  return null
}

/** The first field that differs; causes last, since they differ wherever something before them did. Null where none does. */
export const differenceOf = (then: OnefoldEvent, now: OnefoldEvent): EventDifference | null => {
  const { causes: causesThen, ...before } = { causes: [], ...then }
  const { causes: causesNow, ...after } = { causes: [], ...now }
  return within(before, after, "") ?? within(causesThen, causesNow, "causes")
}

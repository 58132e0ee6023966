/**
 * What chat templates expect of Python: the names that Jinja and transformers define, and the methods of a str that the
 * JavaScript library does otherwise.
 *
 * str.strip takes the characters to strip, which the library leaves out of account, and Python's white space is not
 * JavaScript's. Calls of it are turned into calls of functions of ours before a template runs.
 */
import { pythonWhiteSpace } from "../../python-white-space.ts"

type Side = "left" | "right"

const stripped = (text: unknown, characters: unknown, sides: ReadonlyArray<Side>): string => {
  if (typeof text !== "string") throw new Error(`only text can be stripped, not ${String(text)}`)
  const strips = new Set(typeof characters === "string" ? characters : pythonWhiteSpace)
  const letters = [...text]
  let [start, end] = [0, letters.length]
  if (sides.includes("left")) while (start < end && strips.has(letters[start])) start++
  if (sides.includes("right")) while (end > start && strips.has(letters[end - 1])) end--
  return letters.slice(start, end).join("")
}

/** By method; the names under which templates call them cannot be variables of a template. */
const methods: Readonly<Record<string, ReadonlyArray<Side>>> = {
  strip: ["left", "right"],
  lstrip: ["left"],
  rstrip: ["right"]
}

const months = "January February March April May June July August September October November December".split(" ")
const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ")
const two = (value: number): string => String(value).padStart(2, "0")

/** The directives of strftime that name no locale's own form. */
const directives: Readonly<Record<string, (date: Date) => string>> = {
  "%": () => "%",
  Y: (date) => String(date.getFullYear()),
  y: (date) => two(date.getFullYear() % 100),
  m: (date) => two(date.getMonth() + 1),
  B: (date) => months[date.getMonth()],
  b: (date) => months[date.getMonth()].slice(0, 3),
  d: (date) => two(date.getDate()),
  A: (date) => days[date.getDay()],
  a: (date) => days[date.getDay()].slice(0, 3),
  H: (date) => two(date.getHours()),
  I: (date) => two(((date.getHours() + 11) % 12) + 1),
  p: (date) => (date.getHours() < 12 ? "AM" : "PM"),
  M: (date) => two(date.getMinutes()),
  S: (date) => two(date.getSeconds())
}

const strftime = (date: Date, format: string): string =>
  format.replace(/%(.)/g, (_, letter: string) => {
    const directive = directives[letter]
    if (directive === undefined) throw new Error(`strftime_now does not know %${letter}`)
    return directive(date)
  })

const range = (...bounds: ReadonlyArray<number>): ReadonlyArray<number> => {
  const [start, stop, step = 1] = bounds.length === 1 ? [0, ...bounds] : bounds
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step)
}

/** The names that a template finds defined. */
export const pythonFunctions = (now: Date): Readonly<Record<string, unknown>> => ({
  ...{ true: true, True: true, false: false, False: false, none: null, None: null },
  range,
  strftime_now: (format: string) => strftime(now, format),
  raise_exception: (message: string) => {
    throw new Error(message)
  },
  ...Object.fromEntries(
    Object.entries(methods).map(([name, sides]) => [
      `str.${name}`,
      (text: unknown, characters: unknown) => stripped(text, characters, sides)
    ])
  )
})

type Node = Record<string, unknown>

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null

const call = (name: string, args: ReadonlyArray<unknown>): Node => ({
  type: "CallExpression",
  callee: { type: "Identifier", value: `str.${name}` },
  args
})

/** The call that stands for a node, or the node itself. */
const replaced = (node: unknown): unknown => {
  if (!isNode(node)) return node
  const { args, callee, filter } = node
  if (node.type === "FilterExpression" && isNode(filter) && filter.type === "Identifier" && filter.value === "trim") {
    return call("strip", [node.operand])
  }
  if (node.type !== "CallExpression" || !isNode(callee) || callee.type !== "MemberExpression") return node
  const method = isNode(callee.property) && callee.computed === false ? callee.property.value : undefined
  if (typeof method !== "string" || !Object.hasOwn(methods, method) || !Array.isArray(args)) return node
  return call(method, [callee.object, ...args])
}

/** Turns what is Python's in a parsed template into calls of the functions above, in place. */
export const asPython = (node: unknown): void => {
  if (node instanceof Map) {
    for (const [key, value] of node) {
      asPython(key)
      const other = replaced(value)
      node.set(key, other)
      asPython(other)
    }
  } else if (isNode(node)) {
    for (const [key, value] of Object.entries(node)) {
      const other = replaced(value)
      if (other !== value) node[key] = other
      asPython(other)
    }
  }
}

/**
 * Solved problems that a model is shown before it is asked: one {"problem", "solution"} a line, in the order of showing.
 * Other fields may stand beside them; empty lines are passed over.
 */
import { Effect } from "effect"
import { DemonstrationsInvalid } from "./demonstrations-invalid.ts"
import type { Demonstration } from "./prompt-template.ts"

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What stands for bytes that are no text. */
const broken = "\ufffd"

/** One line's. Fails with DemonstrationsInvalid, which names the field. */
const demonstrationOf = Effect.fn("demonstrations.line")(function* (file: string, line: number, text: string) {
  const refuse = (
    field: DemonstrationsInvalid["field"],
    reason: DemonstrationsInvalid["reason"],
    detail: string
  ): DemonstrationsInvalid => new DemonstrationsInvalid({ file, line, field, reason, detail })
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: (cause) => refuse(null, "not-json", `it is no JSON: ${cause instanceof Error ? cause.message : cause}`)
  })
  if (!isRecord(value)) return yield* refuse(null, "malformed", "it is no object")
  const fieldOf = (field: "problem" | "solution") => {
    const found = Object.hasOwn(value, field) ? value[field] : undefined
    if (found === undefined || found === null) return Effect.fail(refuse(field, "missing", "it is not there"))
    if (typeof found === "string" && (found.includes(broken) || !found.isWellFormed()))
      return Effect.fail(refuse(field, "malformed", "it has bytes that are no UTF-8"))
    return typeof found === "string" && found.trim() !== ""
      ? Effect.succeed(found)
      : Effect.fail(refuse(field, "malformed", `${JSON.stringify(found).slice(0, 60)} is no text with words in it`))
  }
  const shown: Demonstration = { problem: yield* fieldOf("problem"), solution: yield* fieldOf("solution") }
  return shown
})

/**
 * Reads the text of a JSONL file. Fails with DemonstrationsInvalid, which names line and field.
 *
 * @param file what to call it in an error: its path
 */
export const readDemonstrations = Effect.fn("demonstrations.read")(function* (file: string, text: string) {
  const lines = text
    .replace(/^\ufeff/, "")
    .split("\n")
    .flatMap((line, at) => (line.trim() === "" ? [] : [{ line, number: at + 1 }]))
  if (lines.length === 0)
    return yield* new DemonstrationsInvalid({
      file,
      line: null,
      field: null,
      reason: "empty",
      detail: "it has no demonstrations"
    })
  return yield* Effect.forEach(lines, ({ line, number }) => demonstrationOf(file, number, line))
})

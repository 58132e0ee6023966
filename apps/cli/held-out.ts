/**
 * A run's own held-out problems: a file with one {"id", "prompt" or "messages", "answer"} on each line.
 */
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import type { RunConfig } from "../../schemas/run-config.ts"
import { readAsked, writtenForm } from "./asked-and-answered.ts"
import { ExampleUnusable, faultOf } from "./example-unusable.ts"
import type { Notation } from "./notation.ts"

type Problems = NonNullable<RunConfig["evaluation"]["problems"]>

/** They travel in one event with the run's configuration. */
const longest = 500_000

/** Reads the problems of a file, in its order; one without an id gets its line's number. Fails with ExampleUnusable. */
export const readProblems = Effect.fn("heldOut.read")(function* (path: string, notation: Notation) {
  const unreadable = (detail: string, next = `${writtenForm}, one a line`) =>
    new ExampleUnusable({ example: path, reason: "unreadable", detail, next })
  const content = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) => unreadable(faultOf(error))
  })
  if (content.length > longest)
    return yield* unreadable(
      `it has ${content.length} characters, and at most ${longest} fit a run`,
      "Take fewer problems"
    )
  const lines = content
    .replace(/^\ufeff/, "")
    .split("\n")
    .flatMap((line, at) => (line.trim() === "" ? [] : [{ line, number: at + 1 }]))
  if (lines.length === 0) return yield* unreadable("it has no problems")
  const ids = new Map<string, number>()
  const found: Array<Problems[number]> = []
  for (const { line, number } of lines) {
    const { answer, id: own, text } = yield* readAsked(`${path}, line ${number}`, line, notation)
    const id = own ?? `problem:${number}`
    const before = ids.get(id)
    if (before !== undefined)
      return yield* unreadable(
        `lines ${before} and ${number} have the same id ${JSON.stringify(id)}`,
        "Name them apart"
      )
    ids.set(id, number)
    found.push({ id, text, answer })
  }
  return found
})

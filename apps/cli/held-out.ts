/**
 * A run's held-out problems: its own, of a file with one {"id", "prompt" or "messages", "answer"} on each line; and whether
 * there is room for answers to them.
 */
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { faultOf } from "../../learning/file-fault.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { readAsked, writtenForm } from "./asked-and-answered.ts"
import type { Base } from "./base.ts"
import { questionsOf } from "./embedded.ts"
import { ExampleUnusable } from "./example-unusable.ts"
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

/** Refuses what is asked in evaluations where it leaves no room for an answer. Fails with ExampleUnusable. */
export const checkRoom = Effect.fn("heldOut.checkRoom")(function* (config: RunConfig, base: Base) {
  const { context, maxTokens } = config.evaluation
  const { maxPositions } = base.config
  const { examples, heldOut } = yield* questionsOf(config, base)
  const found = [...heldOut, ...examples].find(({ tokens }) => tokens.length + maxTokens > maxPositions)
  if (found === undefined) return
  const isAlone = context === undefined || examples.includes(found)
  const size = `${found.tokens.length} tokens, which with ${maxTokens} new ones exceeds the model's ${maxPositions}`
  return yield* new ExampleUnusable({
    example: found.id,
    reason: "too-long",
    detail: `${isAlone ? "" : "with evaluation.context before it, "}it has ${size}`,
    next: `${isAlone ? "Set" : "Shorten that, or set"} evaluation.maxTokens to fewer`
  })
})

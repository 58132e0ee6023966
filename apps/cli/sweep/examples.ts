/**
 * The examples of a sweep, looked up: of the pool by name, from a file's lines, or the first of a ranking.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { exampleIds } from "../../../learning/datasets/miniature/problems.ts"
import { faultOf } from "../../../learning/file-fault.ts"
import { readAsked } from "../asked-and-answered.ts"
import { ExampleUnusable } from "../example-unusable.ts"
import { findExample } from "../examples.ts"
import { OptionsConflict } from "../generate-prompt.ts"
import type { Notation } from "../notation.ts"
import type { TrainingExample } from "../training-example.ts"
import { type Choice, choiceOf, ExamplesUnknown } from "./choice.ts"

/**
 * Looks up the examples of ranks `first` to `last`, best first, in what `--from` names: a file of accuracies or a run.
 */
export type RankedExamples<E, R> = (ranks: {
  readonly from: string
  readonly first: number
  readonly last: number
  readonly notation: Notation
}) => Effect.Effect<ReadonlyArray<TrainingExample>, E, R>

/** Named by its content, so that a line may move within its file, and no other example passes for it. */
const nameOf = ({ answer, text }: { readonly text: string; readonly answer: string }): string =>
  `file:${createHash("sha256")
    .update(JSON.stringify([text, answer]))
    .digest("hex")
    .slice(0, 8)}`

const fromLine = Effect.fn("sweep.fromLine")(function* (place: string, line: string, notation: Notation) {
  const isWritten = line.startsWith("{")
  const example = yield* isWritten
    ? readAsked(place, line, notation)
    : Effect.mapError(
        findExample(line, notation),
        (error) => new ExampleUnusable({ ...error, example: `${place}, "${line}"` })
      )
  const { answer, text } = example
  const isOfPool = "promptId" in example && exampleIds().includes(example.promptId)
  const read: TrainingExample = isOfPool ? example : { promptId: nameOf({ text, answer }), text, answer }
  return read
})

/** A name or an example as JSON on each line; empty lines are passed over. */
const fromFile = Effect.fn("sweep.fromFile")(function* (path: string, notation: Notation) {
  const content = yield* Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) =>
      new ExampleUnusable({
        example: path,
        reason: "unreadable",
        detail: faultOf(error),
        next: 'Name a file with one example a line: a name ("two:1") or {"prompt": …, "answer": …}'
      })
  })
  const lines = content.replace(/^\ufeff/, "").split("\n")
  const found = new Map<string, TrainingExample>()
  for (const [i, raw] of lines.entries()) {
    const line = raw.trim()
    if (line === "") continue
    const example = yield* fromLine(`${path}, line ${i + 1}`, line, notation)
    found.set(example.promptId, example)
  }
  if (found.size === 0)
    return yield* new ExampleUnusable({
      example: path,
      reason: "no-prompt",
      detail: "it holds no example",
      next: 'Write one a line: a name ("two:1") or {"prompt": …, "answer": …}'
    })
  return [...found.values()]
})

const found = <E, R>(choice: Choice, from: string | null, notation: Notation, ranked: RankedExamples<E, R>) =>
  Effect.gen(function* () {
    if (choice.kind === "names") return yield* Effect.forEach(choice.names, (name) => findExample(name, notation))
    if (choice.kind === "file") return yield* fromFile(choice.path, notation)
    if (from === null)
      return yield* new OptionsConflict({ reason: "ranks need --from FILE or --from RUN, which says of which ranking" })
    const { first, last } = choice
    return yield* ranked({ from, first, last, notation })
  })

/** The examples that `--examples` and `--from` name, each once. Fails with ExamplesUnknown, ExampleUnusable or OptionsConflict. */
export const examplesOf = Effect.fn("sweep.examples")(function* <E, R>(
  text: string,
  from: string | null,
  notation: Notation,
  ranked: RankedExamples<E, R>
) {
  const choice = choiceOf(text)
  if (choice instanceof ExamplesUnknown) return yield* choice
  if (choice.kind !== "ranks" && from !== null)
    return yield* new OptionsConflict({ reason: "--from goes with --examples rank:1-16, and says of which ranking" })
  return yield* found(choice, from, notation, ranked)
})

/**
 * The answers of a training set, by the index that a ranking names its examples with.
 */
import { Effect, Schema } from "effect"
import type { Histories } from "./histories.ts"
import { SelectionInvalid } from "./selection-invalid.ts"

const Row = Schema.fromJsonString(
  Schema.Struct({
    index: Schema.optionalKey(Schema.Union([Schema.Int, Schema.NonEmptyString])),
    answer: Schema.Union([Schema.Finite, Schema.String])
  })
)

const form = 'Write {"index": 124, "answer": "12.8"} on each line; without an index, rows are counted from 0'

/**
 * Reads a training set with one row a line: answers by index. A row without an index has its number, from 0 on. One
 * index may come again with the same answer. Fails with SelectionInvalid, which names the line.
 *
 * @param place what to call it in an error: its path
 */
export const readLabels = Effect.fn("labels.read")(function* (place: string, text: string) {
  const lines = text
    .replace(/^\ufeff/, "")
    .split("\n")
    .flatMap((line, at) => (line.trim() === "" ? [] : [{ line, number: at + 1 }]))
  const labels = new Map<string, string>()
  for (const [row, { line, number }] of lines.entries()) {
    const refuse = (reason: SelectionInvalid["reason"], detail: string, next: string) =>
      new SelectionInvalid({ place: `${place}, line ${number}`, reason, detail, next })
    const { answer, index = row } = yield* Schema.decodeUnknownEffect(Row)(line).pipe(
      Effect.mapError((error) =>
        refuse("not-a-label", `it is no row of a training set: ${error.message.replace(/\s+/g, " ")}`, form)
      )
    )
    const [key, label] = [String(index), String(answer)]
    const before = labels.get(key)
    if (before !== undefined && before !== label)
      return yield* refuse(
        "contradictory",
        `index ${key} has the answer ${JSON.stringify(label)}, and ${JSON.stringify(before)} in a line before`,
        "Give each example one answer"
      )
    labels.set(key, label)
  }
  return labels
})

/** Histories with the answers that are known of them. */
export const labelled = ([first, ...others]: Histories, labels: ReadonlyMap<string, string>): Histories => {
  const withLabel = (example: Histories[number]): Histories[number] => {
    const label = labels.get(example.index)
    return label === undefined ? example : { ...example, label }
  }
  return [withLabel(first), ...others.map(withLabel)]
}

/**
 * Historical accuracies: for each training example, the share of its rollouts that were right, visit by visit, in a run
 * that trained on all of them. The order of the examples counts: it decides between equal scores.
 */
import { Effect, Result } from "effect"
import { orderedEntries } from "./ordered-json.ts"
import { SelectionInvalid } from "./selection-invalid.ts"

export interface ExampleHistory {
  /** What names the example in its training set. */
  readonly index: string
  /** Accuracies in the order of time, [visits], at least one. */
  readonly history: ReadonlyArray<number>
  /** The example's answer, where it is known. */
  readonly label?: string
}

export type Histories = readonly [ExampleHistory, ...ReadonlyArray<ExampleHistory>]

const form = 'Write it as {"124": [0.125, 0.25], "267": [0, 0.5]}: one list of accuracies for each example'

const isAccuracy = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= 1

/** A number beyond all has no words in JSON. */
const shown = (value: unknown): string => (typeof value === "number" ? String(value) : JSON.stringify(value))

/** One example's list. Fails with SelectionInvalid. */
const historyOf = (place: string, index: string, value: unknown) => {
  const named = JSON.stringify(index)
  const refuse = (reason: SelectionInvalid["reason"], detail: string, next = form) =>
    Effect.fail(new SelectionInvalid({ place, reason, detail, next }))
  if (!Array.isArray(value)) return refuse("not-lists", `what stands under ${named} is no list`)
  const list: ReadonlyArray<unknown> = value
  if (list.length === 0)
    return refuse("empty", `the list of ${named} is empty`, "Leave the example out, or give its accuracies")
  const odd = list.findIndex((each) => !isAccuracy(each))
  if (odd >= 0)
    return refuse(
      "not-an-accuracy",
      `the list of ${named} has ${shown(list[odd])} at place ${odd}, which is no accuracy`,
      "Accuracies are numbers from 0 to 1"
    )
  return Effect.succeed(list.filter(isAccuracy))
}

/**
 * Reads a file of accuracies, in its order. Fails with SelectionInvalid, which names the key.
 *
 * @param place what to call it in an error: its path
 */
export const readHistories = Effect.fn("histories.read")(function* (place: string, text: string) {
  const refuse = (reason: SelectionInvalid["reason"], detail: string, next = form) =>
    new SelectionInvalid({ place, reason, detail, next })
  const read = orderedEntries(text)
  if (Result.isFailure(read)) return yield* refuse("not-json", `it is no JSON: ${read.failure}`)
  if (read.success === null) return yield* refuse("not-lists", "it is no object")
  const seen = new Set<string>()
  const found: Array<ExampleHistory> = []
  for (const { key, value } of read.success) {
    if (seen.has(key))
      return yield* refuse(
        "duplicate",
        `the key ${JSON.stringify(key)} stands there twice`,
        "Each example has one list; take one of the two out"
      )
    seen.add(key)
    found.push({ index: key, history: yield* historyOf(place, key, value) })
  }
  const [first, ...others] = found
  if (first === undefined) return yield* refuse("empty", "it has no examples")
  const histories: Histories = [first, ...others]
  return histories
})

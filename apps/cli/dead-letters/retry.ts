/**
 * `onefold dead-letters retry`: records that were set aside are driven again: the bytes of each, from where it lies, are
 * appended once more to its topic under its key.
 *
 * Stages take it for the first of its id, because they forget what they set aside. A letter that was driven again
 * already is left out of --all, and sent once more only where it is named.
 */
import { Effect, Schema, Stream } from "effect"
import { EventLog } from "../../../platform/log/event-log.ts"
import { writeLines, writeText } from "../json-lines.ts"
import { eventOf } from "../record.ts"
import { type ListedRun, storyHeard } from "../worker/directory.ts"
import { type Letter, type LetterFilter, letterOf, lettersOf, placeOf, recordOf, retriedHeader } from "./letters.ts"
import { type LettersFlags, lettersLog } from "./letters-log.ts"

export interface RetryOptions extends LettersFlags, LetterFilter {
  readonly ids: ReadonlyArray<string>
  readonly all: boolean
  readonly json: boolean
}

export class NothingNamed extends Schema.TaggedError<NothingNamed>()("NothingNamed", { detail: Schema.String }) {
  override get message(): string {
    return `${this.detail}: name letters by their ids or records, or all that were not driven again with --all`
  }
}

/** How every run stands, by its story up to now. */
const standings = Effect.gen(function* () {
  const log = yield* EventLog
  const runs = new Map<string, ListedRun>()
  for (const partition of (yield* log.endOffsets("runs")).keys())
    yield* Stream.runForEach(log.read("runs", partition, 0), (record) =>
      Effect.ignore(Effect.map(eventOf(record), (event) => storyHeard(runs, event, partition)))
    )
  return runs
})

const chosen = Effect.fn("deadLetters.chosen")(function* ({ all, ids, reason, run }: RetryOptions) {
  if (all && ids.length > 0) return yield* new NothingNamed({ detail: "either letters are named or all are meant" })
  if (!all && ids.length === 0) return yield* new NothingNamed({ detail: "nothing is to be driven again" })
  const letters = yield* lettersOf(all ? { run, reason } : { run: null, reason: null })
  if (all) return letters.filter(({ retried }) => retried.length === 0)
  return [...new Set(yield* Effect.forEach(ids, (id) => letterOf(letters, id)))]
})

const drive = Effect.fn("deadLetters.drive")(function* (letter: Letter) {
  const log = yield* EventLog
  const { headers, key, topic, value } = yield* recordOf(letter)
  const [to] = yield* log.append([{ topic, key, value, headers: { ...headers, [retriedHeader]: letter.place } }])
  return { letter, to: placeOf(to) }
})

export const retryLetters = Effect.fn("deadLetters.retry")(function* (options: RetryOptions) {
  const { driven, runs } = yield* Effect.gen(function* () {
    const letters = yield* chosen(options)
    return { driven: yield* Effect.forEach(letters, drive), runs: yield* standings }
  }).pipe(Effect.provide(lettersLog(options)))
  const waiting = [...new Set(driven.map(({ letter }) => letter.letter.runId))].filter(
    (runId) => runs.get(runId)?.standing === "failed"
  )
  const next = waiting.map((runId) => `onefold resume ${runId}`)
  if (options.json)
    return yield* writeLines([
      ...driven.map(({ letter: { letter, place }, to }) => ({
        ...{ type: "retried", id: letter.eventId, run: letter.runId, record: place, to }
      })),
      { type: "result", retried: driven.length, next }
    ])
  const lines = driven.map(({ letter: { letter, place }, to }) => `${place} of ${letter.runId} lies again at ${to}`)
  const last = driven.length === 0 ? ["there is nothing to drive again"] : []
  const onward = next.map((command) => `the run waits; next: ${command}`)
  yield* writeText([...lines, ...last, ...onward].map((line) => `${line}\n`).join(""))
})

/**
 * An evaluation from where it is to its end: begun where nobody asked for it before, gone on with where it was left, read
 * where it is finished.
 */
import { Effect, Layer, Schema } from "effect"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { History } from "../../../platform/history/history.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { topics } from "../../../schemas/catalogue.ts"
import { beginRun } from "../begin-run.ts"
import type { DataFolder } from "../data-folder.ts"
import { services } from "../embedded.ts"
import { folderLog } from "../folder-log.ts"
import { madeGood } from "../history-made-good.ts"
import { configOfRun, findRun, type RecordedRun, recordedRuns } from "../recorded.ts"
import { answersOf } from "../recorded-answers.ts"
import type { Reporter } from "../reporter.ts"
import { goOn } from "../resume.ts"
import { type Planned, roomNotes } from "./planned.ts"
import { evaluationSummary } from "./summary.ts"
import { evaluationTeller } from "./teller.ts"

/** A run of this name is something else: it was begun by another version, or two names fell together. */
export class EvaluationTaken extends Schema.TaggedError<EvaluationTaken>()("EvaluationTaken", {
  runId: Schema.String
}) {
  override get message(): string {
    return `there is a run ${this.runId} that is not this evaluation. Name another folder with --data-dir`
  }
}

const recordedAs = Effect.fn("evaluate.recorded")(function* ({ isOf, name }: Planned) {
  yield* (yield* EventLog).createTopics(topics)
  const found = (yield* recordedRuns()).find(({ started }) => started.runId === name)
  if (found === undefined) return null
  if (!isOf(yield* configOfRun(found))) return yield* new EvaluationTaken({ runId: name })
  return found
})

/** What an earlier process recorded is read as it is; only the history may lack some of it. */
const readAgain = Effect.fn("evaluate.readAgain")(function* (
  found: RecordedRun,
  { name, subject }: Planned,
  folder: DataFolder,
  telling: Reporter
) {
  yield* telling.note(`evaluation ${name} is finished: these are its recorded answers`)
  return yield* Effect.gen(function* () {
    yield* madeGood(found, subject.base)
    return yield* evaluationSummary(found)
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs), History.layer(folder.history))))
})

const conduct = Effect.fn("evaluate.conduct")(function* (
  found: RecordedRun | null,
  { config, name, subject, tests }: Planned,
  folder: DataFolder,
  telling: Reporter
) {
  const { base } = subject
  const shared = { base, folder, reporter: telling, alone: true }
  if (found !== null) {
    const there = (yield* answersOf(found, () => true)).length
    const all = tests.reduce((sum, { test }) => sum + test.count * test.samples, 0)
    yield* telling.note(`evaluation ${name} goes on: ${there} of ${all} answers are there`)
  }
  const { ending } = yield* found === null
    ? beginRun({ ...shared, config, name, sheets: tests.map(({ sheet }) => sheet) })
    : goOn({ ...shared, recorded: found, allowDrift: false })
  if (ending === "paused") {
    yield* telling.note(`paused; go on with the same command, or: onefold resume ${name}`)
    return null
  }
  return yield* evaluationSummary(yield* findRun(name))
})

/** The evaluation's figures once it is through; null where it was paused. */
export const sat = Effect.fn("evaluate.sat")(function* (planned: Planned, folder: DataFolder, json: boolean) {
  const { config, subject, tests } = planned
  const telling = yield* evaluationTeller(
    tests.map(({ test }) => test),
    json
  )
  const found = yield* Effect.provide(recordedAs(planned), folderLog(folder))
  if (found?.finished === true) return yield* readAgain(found, planned, folder, telling)
  for (const note of roomNotes(tests)) yield* telling.note(note)
  const settings = found === null ? config : yield* configOfRun(found)
  return yield* conduct(found, planned, folder, telling).pipe(Effect.provide(services(folder, subject.base, settings)))
})

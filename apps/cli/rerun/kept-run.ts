/**
 * `--keep-run DIR`: the second run stays in a data folder of its own, as far as it came, so that its events can be looked
 * at beside the first one's.
 *
 * Its log begins with what the recorded log held before the run: a run's start says at which offsets it begins. Artifacts
 * that it reads are copied, so that the folder needs no other.
 */
import { resolve } from "node:path"
import { Effect, Layer, Schema, Stream } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import { topics } from "../../../schemas/catalogue.ts"
import { type DataFolder, openDataFolder } from "../data-folder.ts"
import { refuseUsed } from "../export.ts"

/** The folder that a rerun is to be kept in cannot be used. */
export class RerunNotKept extends Schema.TaggedError<RerunNotKept>()("RerunNotKept", {
  folder: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `cannot keep the rerun in ${this.folder}: ${this.detail}. ${this.next}`
  }
}

/** Opens the folder, which must be missing or empty. Fails with RerunNotKept and DataFolderUnusable. */
export const keptFolder = Effect.fn("keptRun.folder")(function* (path: string) {
  const folder = resolve(path)
  yield* refuseUsed(folder).pipe(
    Effect.mapError(({ detail, folder, next }) => new RerunNotKept({ folder, detail, next }))
  )
  return yield* openDataFolder(folder)
})

/** Artifacts of a kept folder; what is asked for and lies only in the recorded one is copied first. */
export const copyingArtifacts = (kept: DataFolder, recorded: DataFolder) =>
  Layer.effect(
    Artifacts,
    Effect.gen(function* () {
      const open = (folder: DataFolder) => Effect.provide(Artifacts, Layer.fresh(layerLocal(folder.blobs)))
      const [own, old] = [yield* open(kept), yield* open(recorded)]
      const copied = Effect.fn("keptRun.copied")(function* (hash: string) {
        if ((yield* own.has(hash)) || !(yield* old.has(hash))) return
        // What cannot be copied is told by who reads it.
        yield* Effect.ignore(Effect.flatMap(old.load(hash), own.store))
      })
      return Artifacts.of({
        ...own,
        load: (hash) => Effect.andThen(copied(hash), own.load(hash)),
        has: (hash) => Effect.andThen(copied(hash), own.has(hash))
      })
    })
  )

/** Copies what a log held before these positions into another one, which is empty: so that both go on at the same offsets. */
export const carryOver = Effect.fn("keptRun.carryOver")(function* (
  recorded: EventLog["Service"],
  starts: ReadonlyArray<Position>
) {
  const log = yield* EventLog
  yield* log.createTopics(topics)
  for (const { offset, partition, topic } of starts)
    yield* Stream.runForEachArray(recorded.read(topic, partition, 0).pipe(Stream.take(offset)), (records) =>
      log.append(records.map(({ headers, key, topic, value }) => ({ headers, key, topic, value })))
    )
})

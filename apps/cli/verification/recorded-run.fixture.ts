/**
 * A run that was recorded, record by record, for tests that alter its log; and what is then found.
 */
import { assert } from "@effect/vitest"
import { Effect, Layer, Schema, Stream } from "effect"
import type { Fault } from "../../../pipelines/verification/findings.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { decodeResult, encode } from "../../../platform/log/codec.ts"
import { type Draft, EventLog } from "../../../platform/log/event-log.ts"
import { layerLmdb } from "../../../platform/log/lmdb.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import type { EventOf, Tag } from "../../../platform/stream/stage.ts"
import { OnefoldEvent, topics } from "../../../schemas/catalogue.ts"
import { openDataFolder } from "../data-folder.ts"
import { onefold, smoke } from "../spawned.fixture.ts"
import { verified } from "../verify.ts"

export interface Written {
  readonly event: OnefoldEvent
  readonly draft: Draft
}

/** Everything that lies in a data folder's log, topic by topic. */
const readAll = Effect.gen(function* () {
  const log = yield* EventLog
  const all: Array<Written> = []
  for (const { name, partitions } of topics)
    for (let partition = 0; partition < partitions; partition++)
      yield* Stream.runForEach(log.read(name, partition, 0), ({ key, topic, value }) =>
        Effect.map(Effect.fromResult(decodeResult(value)), (event) => {
          all.push({ event, draft: { topic, key, value } })
        })
      )
  return all
})

/** Everything that runs wrote in a data folder. */
export const writtenIn = (dataDir: string): Promise<ReadonlyArray<Written>> =>
  openDataFolder(dataDir).pipe(
    Effect.flatMap(({ log }) => Effect.provide(readAll, layerLmdb(log))),
    Effect.runPromise
  )

/** Runs the smoke preset in a folder, and returns what it wrote. */
export const recorded = async (dataDir: string, ...more: ReadonlyArray<string>): Promise<ReadonlyArray<Written>> => {
  const { code, stderr } = await onefold(smoke(dataDir, ...more))
  assert.strictEqual(code, 0, stderr)
  return await writtenIn(dataDir)
}

/** What is found in a log of these records, beside the artifacts of a folder where they are to be read. */
export const found = (drafts: ReadonlyArray<Draft>, blobs: string, areArtifactsRead = false, run = "last") =>
  Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.createTopics(topics)
    yield* log.append(drafts)
    return yield* verified(run, areArtifactsRead)
  }).pipe(Effect.provide(Layer.merge(Layer.fresh(layerMemory), layerLocal(blobs))))

export const isOf = <T extends Tag>(tag: T, event: OnefoldEvent): event is EventOf<T> => event._tag === tag

/** The first event of a kind. */
export const firstOf = <T extends Tag>(
  written: ReadonlyArray<Written>,
  tag: T,
  at: (event: EventOf<T>) => boolean = () => true
): EventOf<T> => {
  for (const { event } of written) if (isOf(tag, event) && at(event)) return event
  throw new Error(`the run has no ${tag}`)
}

const toEvent = Schema.decodeUnknownSync(OnefoldEvent)

/** The event with other values in some of its fields. */
export const altering = (event: OnefoldEvent, fields: Readonly<Record<string, unknown>>): OnefoldEvent =>
  toEvent({ ...event, ...fields })

/** The log without an event. */
export const without = (written: ReadonlyArray<Written>, gone: OnefoldEvent): ReadonlyArray<Draft> =>
  written.filter(({ event }) => event !== gone).map(({ draft }) => draft)

/** The log with an event in the place of another. */
export const replaced = (written: ReadonlyArray<Written>, old: OnefoldEvent, by: OnefoldEvent): ReadonlyArray<Draft> =>
  written.map(({ draft, event }) => (event === old ? { ...draft, value: encode(by) } : draft))

export const kindsOf = (faults: ReadonlyArray<Fault>): ReadonlyArray<string> =>
  [...new Set(faults.map(({ kind }) => kind))].sort()

/** There is a fault of this kind at this event that says this. */
export const names = (faults: ReadonlyArray<Fault>, kind: Fault["kind"], id: string | null, said: string): void => {
  const told = faults.map((fault) => `${fault.kind} ${fault.id}: ${fault.detail}`)
  assert.isTrue(
    faults.some((fault) => fault.kind === kind && fault.id === id && fault.detail.includes(said)),
    `${kind} ${id}: …${said}… is not among\n${told.join("\n")}`
  )
}

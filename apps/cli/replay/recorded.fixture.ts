/**
 * Small runs that were served once over memory, and logs that hold what they wrote, with changes.
 */
import { Effect, Layer, Stream } from "effect"
import { serveUntilWritten, startOf } from "../../../pipelines/pipeline.fixture.ts"
import type { Run } from "../../../pipelines/runs.ts"
import { ppo, smallRun } from "../../../pipelines/small-run.fixture.ts"
import { decode } from "../../../platform/log/codec.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { append, emptyLog } from "../../../platform/stream/log.fixture.ts"
import { type OnefoldEvent, topics } from "../../../schemas/catalogue.ts"

/** Two updates a batch and a critic: all that can be folded. Snapshots of steps 2 and 4. */
export const run = smallRun({ ...ppo, updatesPerBatch: 2 })
export const plain = smallRun({ steps: 3, snapshotEvery: 2 })

const recorded = (run: Run) =>
  Effect.gen(function* () {
    yield* emptyLog
    yield* append([startOf(run)])
    yield* serveUntilWritten(run, "RunFinished")
  })

/** Everything that a run wrote, served once. */
const everythingOf = (run: Run) =>
  Effect.gen(function* () {
    yield* recorded(run)
    const log = yield* EventLog
    const events: Array<OnefoldEvent> = []
    for (const { name, partitions } of topics)
      for (let partition = 0; partition < partitions; partition++)
        yield* Stream.runForEach(log.read(name, partition, 0), ({ value }) =>
          Effect.map(decode(value), (event) => void events.push(event))
        )
    return events
  }).pipe(Effect.provide(Layer.fresh(layerMemory)))
export const served = Effect.runSync(Effect.cached(everythingOf(run)))
export const servedPlain = Effect.runSync(Effect.cached(everythingOf(plain)))

/** A log that holds what the run wrote, each event as `change` has it. */
export const logOf = (
  events: Effect.Effect<ReadonlyArray<OnefoldEvent>, unknown, Needs>,
  change: Change = (event) => [event]
) =>
  Effect.gen(function* () {
    const all = yield* Effect.orDie(events)
    yield* emptyLog
    yield* append(all.flatMap(change))
  })
type Needs = Effect.Services<typeof served>
export type Change = (event: OnefoldEvent) => ReadonlyArray<OnefoldEvent>

/** An event with one field as it was not. */
export const altered = <E extends OnefoldEvent>(event: E, fields: Partial<E>): E =>
  Object.assign(Object.create(Object.getPrototypeOf(event)), event, fields)

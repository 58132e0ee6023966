/**
 * Removes what a run was told not to keep, while it goes on and when it is over. Safe against a kill at any moment:
 * only what no resume would read is removed, and what was not removed then is removed the next time.
 */
import { Effect, Stream } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import type { Run } from "../../../pipelines/runs.ts"
import { runOf } from "../../../platform/log/codec.ts"
import { EventLog, type LogRecord, type Position } from "../../../platform/log/event-log.ts"
import { eventOf } from "../record.ts"
import { Inventory, keeperOf, removableOf } from "./inventory.ts"
import { namedByOthers } from "./named-hashes.ts"

/** Topics whose events say what there is to keep, and what is still to be read. */
const telling = ["runs", "gradients.requested", "gradients.computed", "scores.requested", "scores.computed"]

interface Retaining {
  readonly run: Run
  readonly from: ReadonlyArray<Position>
}

const taken = (inventory: Inventory, record: LogRecord) =>
  Effect.map(eventOf(record), (event) => {
    inventory.take(event, record)
    return event
  })

/** Takes in what the log holds by now; returns where it ends. */
const takeAll = Effect.fn("retain.takeAll")(function* ({ from, run }: Retaining, inventory: Inventory) {
  const log = yield* EventLog
  const ends: Array<Position> = []
  for (const topic of telling)
    for (const [partition, offset] of (yield* log.endOffsets(topic)).entries()) {
      ends.push({ topic, partition, offset })
      const start = from.find((place) => place.topic === topic && place.partition === partition)?.offset ?? 0
      const own = log.read(topic, partition, start).pipe(
        Stream.takeWhile((record) => record.offset < offset),
        Stream.filter(({ value }) => runOf(value) === run.runId)
      )
      yield* Stream.runForEach(own, (record) => Effect.asVoid(taken(inventory, record)))
    }
  return ends
})

interface Removing {
  readonly inventory: Inventory
  /** What other runs name. */
  readonly others: ReadonlySet<string>
  /** Each hash is removed once: whoever stores it again after that, be it another run, wants it. */
  readonly removed: Set<string>
}

const removeUnkept = Effect.fn("retain.removeUnkept")(function* ({ inventory, others, removed }: Removing) {
  const artifacts = yield* Artifacts
  for (const hash of yield* removableOf(inventory)) {
    if (removed.has(hash) || others.has(hash)) continue
    removed.add(hash)
    yield* artifacts.remove(hash)
  }
})

const isKeepingAll = ({ run }: Retaining): boolean => (run.config.keep ?? "gradients") === "gradients"

/** A run goes on without what could not be removed; it is told. */
const orWarn = <A, E extends Error, R>(removing: Effect.Effect<A, E, R>, instead: A) =>
  removing.pipe(
    Effect.catch(({ message }) => Effect.as(Effect.logWarning(`not everything was removed: ${message}`), instead))
  )

/** Removes what the log says by now may go. */
const removeByNow = Effect.fn("retain.removeByNow")(function* (what: Retaining, removed: Set<string>) {
  const inventory = new Inventory(what.run.runId, keeperOf(what.run))
  const ends = yield* takeAll(what, inventory)
  const removing: Removing = { inventory, others: yield* namedByOthers(what.run.runId), removed }
  yield* removeUnkept(removing)
  return { ends, removing }
})

const removeAlong = Effect.fn("retain.removeAlong")(function* (
  { run }: Retaining,
  ends: ReadonlyArray<Position>,
  removing: Removing
) {
  const log = yield* EventLog
  yield* log.tail(telling, ends).pipe(
    Stream.filter(({ value }) => runOf(value) === run.runId),
    Stream.mapEffect((record) => taken(removing.inventory, record)),
    // From then on no resume needs anything, but the stages are at work still: the rest is for the end.
    Stream.takeUntil(({ _tag }) => _tag === "RunCancelled"),
    Stream.runForEach(({ _tag }) =>
      /^(PolicyUpdated|CriticUpdated|EvaluationCompleted)$/.test(_tag) ? removeUnkept(removing) : Effect.void
    )
  )
})

/**
 * Call it before any stage of the run is at work: what an earlier sitting left is removed by all that the log says, and
 * not by the part that happens to be read first.
 *
 * @returns `along`: removes while the stages are at work, and does not end; `end`: removes the rest once none is
 */
export const retaining = Effect.fn("retain.begin")(function* (what: Retaining) {
  if (isKeepingAll(what)) return { along: Effect.never, end: Effect.void }
  const removed = new Set<string>()
  const begun = yield* orWarn(removeByNow(what, removed), null)
  const along = begun === null ? Effect.void : orWarn(removeAlong(what, begun.ends, begun.removing), undefined)
  return {
    along: Effect.andThen(along, Effect.never),
    end: orWarn(Effect.asVoid(removeByNow(what, removed)), undefined)
  }
})

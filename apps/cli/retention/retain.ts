/**
 * Removes what a run was told not to keep, while it goes on and when it is finished. Safe against a kill at any moment:
 * only what no resume would read is removed, and what was not removed then is removed the next time.
 */
import { Effect, Stream } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import type { Run } from "../../../pipelines/runs.ts"
import { apply } from "../../../pipelines/update/apply.ts"
import { applyCritic } from "../../../pipelines/update/apply-critic.ts"
import { runOf } from "../../../platform/log/codec.ts"
import { EventLog, type LogRecord, type Position } from "../../../platform/log/event-log.ts"
import { groupOf } from "../../../platform/stream/serve.ts"
import { eventOf } from "../record.ts"
import { Kept, type Known } from "./kept.ts"
import { namedByOthers } from "./named-hashes.ts"

/** Topics whose events say what there is to keep. */
const telling = ["runs", "gradients.computed", "scores.computed"]

interface Retaining {
  readonly run: Run
  readonly from: ReadonlyArray<Position>
}

/** A snapshot as the log has it, and where. */
interface Snapshot {
  readonly of: "policy" | "critic"
  readonly step: number
  readonly place: Position
}

/** A run's artifacts as its log tells of them so far, and what was removed. */
class Inventory {
  readonly kept: Kept
  readonly snapshots: Array<Snapshot> = []
  readonly removed = new Set<string>()
  isFinished = false

  constructor(run: Run) {
    this.kept = new Kept(run)
  }

  readonly take = (record: LogRecord) =>
    Effect.map(eventOf(record), (event) => {
      this.kept.take(event)
      if (event._tag === "RunFinished") this.isFinished = true
      if ((event._tag === "PolicyUpdated" || event._tag === "CriticUpdated") && event.snapshotHash !== null)
        this.snapshots.push({
          of: event._tag === "PolicyUpdated" ? "policy" : "critic",
          step: event.step,
          place: record
        })
      return event
    })
}

/** The newest snapshot that a fold's stage finds whenever it begins anew: its group has moved past it. */
const knownTo = Effect.fn("retain.knownTo")(function* (stage: string, { run }: Retaining, snapshots: Array<Snapshot>) {
  const committed = yield* (yield* EventLog).committed(groupOf(stage, { runId: run.runId, from: [] }), "runs")
  return snapshots
    .filter(({ place }) => (committed[place.partition] ?? 0) > place.offset)
    .reduce((newest, { step }) => Math.max(newest, step), 0)
})

const known = Effect.fn("retain.known")(function* (retaining: Retaining, { isFinished, snapshots }: Inventory) {
  const { critic } = retaining.run.config
  const all = Number.POSITIVE_INFINITY
  if (isFinished) return { policy: all, critic: all }
  const of = (what: Snapshot["of"]) => snapshots.filter((each) => each.of === what)
  const found: Known = {
    policy: yield* knownTo(apply.name, retaining, of("policy")),
    critic: critic === undefined ? all : yield* knownTo(applyCritic.name, retaining, of("critic"))
  }
  return found
})

const removeUnkept = Effect.fn("retain.removeUnkept")(function* (
  retaining: Retaining,
  inventory: Inventory,
  others: ReadonlySet<string>
) {
  const artifacts = yield* Artifacts
  for (const hash of inventory.kept.removable(yield* known(retaining, inventory))) {
    if (inventory.removed.has(hash) || others.has(hash)) continue
    inventory.removed.add(hash)
    yield* artifacts.remove(hash)
  }
})

const isKeepingAll = ({ run }: Retaining): boolean => (run.config.keep ?? "gradients") === "gradients"

/** A run goes on without what could not be removed; it is told. */
const orWarn = <E extends Error, R>(removing: Effect.Effect<void, E, R>) =>
  removing.pipe(Effect.catch(({ message }) => Effect.logWarning(`not everything was removed: ${message}`)))

/** Removes along the way; does not end. */
export const retaining = Effect.fn("retain.along")(function* (what: Retaining) {
  if (isKeepingAll(what)) return yield* Effect.never
  const log = yield* EventLog
  const inventory = new Inventory(what.run)
  const others = yield* namedByOthers(what.run.runId)
  const from = what.from.filter(({ topic }) => telling.includes(topic))
  yield* log.tail(telling, from).pipe(
    Stream.filter(({ value }) => runOf(value) === what.run.runId),
    Stream.mapEffect(inventory.take),
    Stream.runForEach(({ _tag }) =>
      /^(PolicyUpdated|CriticUpdated|EvaluationCompleted)$/.test(_tag)
        ? removeUnkept(what, inventory, others)
        : Effect.void
    )
  )
}, orWarn)

/** Removes what is left to remove once no stage is at work. */
export const retained = Effect.fn("retain.end")(function* (what: Retaining) {
  if (isKeepingAll(what)) return
  const log = yield* EventLog
  const inventory = new Inventory(what.run)
  for (const topic of telling)
    for (const partition of (yield* log.endOffsets(topic)).keys()) {
      const start = what.from.find((place) => place.topic === topic && place.partition === partition)?.offset ?? 0
      const own = log.read(topic, partition, start).pipe(Stream.filter(({ value }) => runOf(value) === what.run.runId))
      yield* Stream.runForEach(own, (record) => Effect.asVoid(inventory.take(record)))
    }
  yield* removeUnkept(what, inventory, yield* namedByOthers(what.run.runId))
}, orWarn)

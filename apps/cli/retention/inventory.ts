/**
 * A run's artifacts as its log tells of them so far, and which of them nobody needs any more.
 */
import { Effect } from "effect"
import type { Run } from "../../../pipelines/runs.ts"
import { testsAt } from "../../../pipelines/tests.ts"
import { apply } from "../../../pipelines/update/apply.ts"
import { applyCritic } from "../../../pipelines/update/apply-critic.ts"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import { groupOf } from "../../../platform/stream/serve.ts"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { type Keeper, Kept, type Known } from "./kept.ts"

/** A snapshot as the log has it, and where. */
interface Snapshot {
  readonly of: "policy" | "critic"
  readonly step: number
  readonly place: Position
}

export const keeperOf = (run: Run): Keeper => ({
  config: run.config,
  baseHash: run.baseHash,
  testsAt: (step) => testsAt(step, run)
})

/** What is known of a run's artifacts. */
export class Inventory {
  readonly runId: RunId
  readonly hasCritic: boolean
  readonly kept: Kept
  readonly snapshots: Array<Snapshot> = []
  /** Finished, or cancelled: nothing opens it again. */
  isOver = false

  constructor(runId: RunId, keeper: Keeper) {
    this.runId = runId
    this.hasCritic = keeper.config.critic !== undefined
    this.kept = new Kept(keeper)
  }

  /** Takes an event of the run, and where it lies. */
  take(event: OnefoldEvent, place: Position): void {
    this.kept.take(event)
    if (event._tag === "RunFinished" || event._tag === "RunCancelled") this.isOver = true
    if ((event._tag === "PolicyUpdated" || event._tag === "CriticUpdated") && event.snapshotHash !== null)
      this.snapshots.push({ of: event._tag === "PolicyUpdated" ? "policy" : "critic", step: event.step, place })
  }
}

/** The newest snapshot that a fold's stage finds whenever it begins anew: its group has moved past it. */
const knownTo = Effect.fn("inventory.knownTo")(function* (
  { runId, snapshots }: Inventory,
  stage: string,
  what: Snapshot["of"]
) {
  const committed = yield* (yield* EventLog).committed(groupOf(stage, { runId, from: [] }), "runs")
  return snapshots
    .filter(({ of, place }) => of === what && (committed[place.partition] ?? 0) > place.offset)
    .reduce((newest, { step }) => Math.max(newest, step), 0)
})

/** Hashes that neither a resume nor anything else that the run promised needs, whatever happens from now on. */
export const removableOf = Effect.fn("inventory.removableOf")(function* (inventory: Inventory) {
  const all = Number.POSITIVE_INFINITY
  if (inventory.isOver) return inventory.kept.removable({ policy: all, critic: all })
  const known: Known = {
    policy: yield* knownTo(inventory, apply.name, "policy"),
    critic: inventory.hasCritic ? yield* knownTo(inventory, applyCritic.name, "critic") : all
  }
  return inventory.kept.removable(known)
})

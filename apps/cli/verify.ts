/**
 * `onefold verify RUN`: the whole log of a run and its artifacts checked. Nothing is computed anew but hashes.
 */
import { Effect, Layer, Schema } from "effect"
import { Verification } from "../../pipelines/verification/verification.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import { existingDataFolder } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"
import { checkCount } from "./ranges.ts"
import { terminalOf } from "./reporter.ts"
import { Inventory, removableOf } from "./retention/inventory.ts"
import { checkArtifacts } from "./verification/check-artifacts.ts"
import { planOfRun } from "./verification/plan-of-run.ts"
import { findStart, readRun } from "./verification/read-run.ts"
import { faultCount, type Verified, verifiedFields, verifiedText } from "./verification/verified.ts"

/** The check found faults; what they are has been told on stdout. */
export class RunNotInOrder extends Schema.TaggedError<RunNotInOrder>()("RunNotInOrder", {
  run: Schema.String,
  faults: Schema.Int
}) {
  override get message(): string {
    const faults = this.faults === 1 ? "1 fault" : `${this.faults} faults`
    return `run ${this.run} is not in order: ${faults}; restore the data folder from a copy, or start the run anew`
  }
}

/** What a check of a run finds. Needs its log and its artifacts. */
export const verified = Effect.fn("verify.verified")(function* (name: string, areArtifactsRead: boolean) {
  const started = yield* findStart(name)
  const plan = yield* planOfRun(started)
  const verification = new Verification(plan)
  const inventory = new Inventory(started.runId, { ...plan, baseHash: started.baseHash })
  yield* readRun(started, verification, inventory)
  const findings = verification.end()
  const letGo = yield* removableOf(inventory)
  const artifacts = areArtifactsRead ? yield* checkArtifacts(findings.artifacts, ({ hash }) => !letGo.has(hash)) : null
  const found: Verified = { run: started.runId, keep: plan.config.keep ?? "gradients", findings, artifacts }
  return found
})

/** Fails with RunNotInOrder where there are faults. */
export const verifyRun = Effect.fn("verify")(function* (options: {
  readonly run: string
  readonly dataDir: string
  readonly json: boolean
  readonly blobs: boolean
  readonly limit: number
}) {
  yield* checkCount("--limit", options.limit)
  const folder = yield* existingDataFolder(options.dataDir)
  const found = yield* verified(options.run, options.blobs).pipe(
    Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs)))
  )
  const text = options.json
    ? JSON.stringify(verifiedFields(found, options.limit))
    : verifiedText(found, options.limit, terminalOf(process.stdout))
  yield* Effect.sync(() => process.stdout.write(`${text}\n`))
  const faults = faultCount(found)
  if (faults > 0) return yield* new RunNotInOrder({ run: found.run, faults })
})

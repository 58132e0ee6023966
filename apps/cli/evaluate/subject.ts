/**
 * What `--model` names: a model's folder, an id of the hub, or a recorded run's policy as RUN or RUN@STEP: "last" is
 * the newest run, and a step may have a name (chosen-step.ts).
 */
import { stat } from "node:fs/promises"
import { basename, resolve } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { layerLocal } from "../../../platform/blobs/local.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { type Base, loadBase, miniatureBase, nameOfModel } from "../base.ts"
import { baseOf } from "../base-of-run.ts"
import { existingDataFolder } from "../data-folder.ts"
import { folderLog } from "../folder-log.ts"
import { keptPolicy } from "../kept-policy.ts"
import { modelFolder } from "../model-folder.ts"
import { configOfRun, findRun, type RecordedRun, RunNotFound, recordedRuns } from "../recorded.ts"
import { isEvaluation } from "./is-evaluation.ts"

export interface Subject {
  readonly base: Base
  /** As an evaluation's configuration names it. */
  readonly model: RunConfig["model"]
  /** Where the policy is an adapter: that adapter. */
  readonly lora?: NonNullable<RunConfig["lora"]>
  /** For a person, and for the evaluation's name. */
  readonly title: string
}

/** It is neither a folder nor an id of the hub, and no run has the name. */
export class UnknownModel extends Schema.TaggedError<UnknownModel>()("UnknownModel", {
  name: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `no model is called ${JSON.stringify(this.name)}: there is no such folder, ids of the hub are owner/name, and ${this.detail}`
  }
}

const runForm = /^([a-z0-9][a-z0-9-]{0,63})(?:@([a-z0-9-]{1,20}))?$/

const isThere = (path: string) =>
  Effect.promise(() =>
    stat(path).then(
      () => true,
      () => false
    )
  )

const ofFolder = Effect.fn("subject.ofFolder")(function* (folder: string, title: string) {
  const base = yield* loadBase(folder)
  const subject: Subject = { base, model: { name: nameOfModel(folder), hash: base.weightsHash }, title }
  return subject
})

/** "last" is the newest run that is no evaluation: evaluating a policy does not change what the word means. */
const named = Effect.fn("subject.named")(function* (name: string) {
  if (name !== "last") return yield* findRun(name)
  for (const run of (yield* recordedRuns()).toReversed()) if (!isEvaluation(yield* configOfRun(run))) return run
  return yield* new RunNotFound({ name, suggestion: "" })
})

/** What an evaluation evaluated is the same thing under another name. */
const ofRun = Effect.fn("subject.ofRun")(function* (recorded: RecordedRun, step: string) {
  const config = yield* configOfRun(recorded)
  const policy = yield* keptPolicy(recorded, config, step)
  const base = yield* baseOf(config, null)
  const { lora, model } = config
  if (isEvaluation(config)) {
    const title = model.of === undefined ? basename(model.name) : `${model.of.run}@${model.of.step}`
    const again: Subject = { base, model, title, ...(lora === undefined ? {} : { lora }) }
    return again
  }
  const { baseHash, runId: run } = policy.of.started
  const of = { run, step: policy.step }
  const asked = { model: { name: model.name, hash: lora === undefined ? policy.hash : baseHash, of } }
  const subject: Subject = {
    ...asked,
    base: yield* baseOf(asked, null),
    title: `${run}@${policy.step}`,
    ...(lora === undefined ? {} : { lora: { ...lora, initial: policy.hash } })
  }
  return subject
})

const recordedSubject = Effect.fn("subject.recorded")(function* (
  typed: string,
  run: string,
  step: string,
  dataDir: string
) {
  if (!(yield* isThere(`${dataDir}/onefold.json`)))
    return yield* new UnknownModel({ name: typed, detail: `no run has been recorded in ${resolve(dataDir)}` })
  const folder = yield* existingDataFolder(dataDir)
  const found = Effect.flatMap(named(run), (recorded) => ofRun(recorded, step))
  return yield* found.pipe(
    Effect.catchTag("RunNotFound", ({ suggestion }) =>
      Effect.fail(
        new UnknownModel({
          name: typed,
          detail:
            suggestion === ""
              ? `no run is recorded in ${folder.root}`
              : `no run of ${folder.root} is called so; did you mean ${suggestion}?`
        })
      )
    ),
    Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs)))
  )
})

/**
 * The model that was asked for. What lies in the file system wins over a run's name.
 *
 * Fails with UnknownModel, StepNotStored, StepUnknown, NoValidation, NotEvaluated, ModelUnavailable, CheckpointInvalid, TokenizerInvalid, DataFolderUnusable or
 * ArtifactUnreadable.
 *
 * @param typed null: the miniature
 */
export const subjectOf = Effect.fn("subject.of")(function* (typed: string | null, dataDir: string) {
  const isPath = typed !== null && (yield* isThere(typed))
  if (typed === null || (typed === "miniature" && !isPath)) return yield* ofFolder(miniatureBase, "miniature")
  const [, run, step] = runForm.exec(typed) ?? []
  if (run !== undefined && !isPath) return yield* recordedSubject(typed, run, step ?? "last", dataDir)
  const title = basename(isPath ? resolve(typed) : typed.replace(/@.*$/, ""))
  return yield* ofFolder(yield* modelFolder(typed), title)
})

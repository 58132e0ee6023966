/**
 * The base of a recorded run: its files from the model's folder, its weights from the artifacts where a run made them.
 */
import { Effect } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { type Base, folderOfModel, loadBase } from "./base.ts"

/**
 * The base that a configuration names. Only a policy's weights (`model.of`) are an artifact that may be loaded; a model of
 * a folder is as that folder has it now.
 *
 * Fails with CheckpointInvalid, TokenizerInvalid or ArtifactUnreadable.
 *
 * @param moved where the model's folder lies now; null: where it was
 */
export const baseOf = Effect.fn("baseOfRun")(function* ({ model }: Pick<RunConfig, "model">, moved: string | null) {
  const base = yield* loadBase(moved ?? folderOfModel(model.name))
  if (model.of === undefined || model.hash === base.weightsHash) return base
  const policy: Base = { ...base, weights: yield* (yield* Artifacts).load(model.hash), weightsHash: model.hash }
  return policy
})

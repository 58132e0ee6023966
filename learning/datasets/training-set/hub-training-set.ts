/**
 * A training set of the Hugging Face hub: `owner/name`, `owner/name@revision`, and with `:FILE` behind it where there
 * is more than one.
 */
import { hubIdOf } from "../../policy/checkpoint/model-source.ts"
import { hasRows } from "../file-rows.ts"
import type { HubDataFile } from "../hub-data-file.ts"

/** The paper's data on the hub. */
export const paperDataSet = "ypwang61/one_shot_rlvr"

/** What a name says of the hub; null where it is the name of a file. */
export const hubTrainingSetOf = (name: string): HubDataFile | null => {
  const [before, file, ...more] = name.split(":")
  const id = hubIdOf(before)
  if (id === null || more.length > 0 || (file === undefined && hasRows(name))) return null
  return { id: { ...id, name, repo: `datasets/${id.repo}` }, file: file ?? null }
}

/**
 * Where the model that --model names lies: a folder, or an id of the Hugging Face hub; model-settings.ts says which hub.
 */
import { Effect } from "effect"
import type { Progress } from "../../learning/policy/checkpoint/model-cache.ts"
import { locateModel } from "../../learning/policy/checkpoint/model-source.ts"
import { modelSettings } from "./model-settings.ts"

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)

/** Tells a person how far a download is, on one line. */
const tell: Progress = ({ path, received, size }) => {
  if (!process.stderr.isTTY) return
  process.stderr.write(`\r${path}: ${mebibytes(received)} of ${mebibytes(size)} MiB${received < size ? "" : "\n"}`)
}

/** The folder of a model, downloaded first if need be. Fails with ModelUnavailable. */
export const modelFolder = Effect.fn("modelFolder")(function* (name: string) {
  return (yield* locateModel(name, { ...(yield* modelSettings), progress: tell })).folder
})

/**
 * Where the model that --model names lies: a folder, or an id of the Hugging Face hub.
 *
 * The environment says the rest, under the names that other tools of the hub know: HF_TOKEN, HF_ENDPOINT,
 * HF_HUB_OFFLINE; ONEFOLD_CACHE is the folder that models are kept in.
 */
import { homedir } from "node:os"
import { join } from "node:path"
import { Config, Effect, Option } from "effect"
import type { Progress } from "../../learning/policy/checkpoint/model-cache.ts"
import { locateModel, type ModelSettings } from "../../learning/policy/checkpoint/model-source.ts"

const asked = (name: string) =>
  Effect.map(
    Config.option(Config.String(name)),
    Option.filter((value) => value !== "")
  )

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)

/** Tells a person how far a download is, on one line. */
const tell: Progress = ({ path, received, size }) => {
  if (!process.stderr.isTTY) return
  process.stderr.write(`\r${path}: ${mebibytes(received)} of ${mebibytes(size)} MiB${received < size ? "" : "\n"}`)
}

const settings = Effect.gen(function* () {
  const token = yield* Config.option(Config.Redacted("HF_TOKEN"))
  const offline = Option.getOrElse(yield* asked("HF_HUB_OFFLINE"), () => "0")
  const found: ModelSettings = {
    endpoint: Option.getOrElse(yield* asked("HF_ENDPOINT"), () => "https://huggingface.co"),
    token: Option.getOrNull(token),
    offline: !["0", "false", "no", "off"].includes(offline.toLowerCase()),
    progress: tell,
    cache: Option.getOrElse(yield* asked("ONEFOLD_CACHE"), () => join(homedir(), ".cache", "onefold", "models"))
  }
  return found
})

/** The folder of a model, downloaded first if need be. Fails with ModelUnavailable. */
export const modelFolder = Effect.fn("modelFolder")(function* (name: string) {
  return (yield* locateModel(name, yield* settings)).folder
})

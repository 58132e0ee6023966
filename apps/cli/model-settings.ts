/**
 * Where models of the Hugging Face hub come from and are kept, from the environment that its own tools read.
 *
 *   HF_ENDPOINT      the hub or a mirror of it (https://huggingface.co)
 *   HF_TOKEN         for gated and private models
 *   HF_HUB_OFFLINE   1: never ask the hub
 *   ONEFOLD_MODELS   the cache (onefold/models in XDG_CACHE_HOME or ~/.cache)
 */
import { homedir } from "node:os"
import { join } from "node:path"
import { Config, Effect, Option, Redacted } from "effect"
import type { ModelSettings } from "../../learning/policy/checkpoint/model-source.ts"

const given = (name: string) =>
  Config.option(Config.String(name)).pipe(Config.map(Option.filter((value) => value !== "")))

export const modelSettings = Effect.gen(function* () {
  const caches = Option.getOrElse(yield* given("XDG_CACHE_HOME"), () => join(homedir(), ".cache"))
  const endpoint = Option.getOrElse(yield* given("HF_ENDPOINT"), () => "https://huggingface.co")
  const token = Option.filter(
    yield* Config.option(Config.Redacted("HF_TOKEN")),
    (value) => Redacted.value(value) !== ""
  )
  const offline = Option.getOrElse(yield* given("HF_HUB_OFFLINE"), () => "0")
  const settings: ModelSettings = {
    endpoint: endpoint.replace(/\/+$/, ""),
    token: Option.getOrNull(token),
    cache: Option.getOrElse(yield* given("ONEFOLD_MODELS"), () => join(caches, "onefold", "models")),
    offline: /^(1|true|yes|on)$/i.test(offline)
  }
  return settings
})

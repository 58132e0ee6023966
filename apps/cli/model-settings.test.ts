import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Redacted } from "effect"
import { modelSettings } from "./model-settings.ts"

const settingsFor = (env: Record<string, string>) =>
  modelSettings.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))

describe("modelSettings", () => {
  it.effect("given nothing, then the hub itself, no token, and a cache in the home folder", () =>
    Effect.gen(function* () {
      const { cache, ...others } = yield* settingsFor({})
      assert.deepStrictEqual(others, { endpoint: "https://huggingface.co", token: null, offline: false })
      assert.match(cache, /\.cache\/onefold\/models$/)
      assert.strictEqual((yield* settingsFor({ HF_TOKEN: "", HF_ENDPOINT: "" })).token, null)
    })
  )

  it.effect("given the hub's variables, then they count, and the token is never shown", () =>
    Effect.gen(function* () {
      const env = { HF_ENDPOINT: "http://mirror/", HF_TOKEN: "hf_abc", HF_HUB_OFFLINE: "1", ONEFOLD_MODELS: "/models" }
      const { token, ...others } = yield* settingsFor(env)
      assert.deepStrictEqual(others, { endpoint: "http://mirror", offline: true, cache: "/models" })
      assert.strictEqual(token === null ? null : Redacted.value(token), "hf_abc")
      assert.notInclude(JSON.stringify(token) + String(token), "abc")
      assert.strictEqual((yield* settingsFor({ XDG_CACHE_HOME: "/x" })).cache, "/x/onefold/models")
    })
  )
})

/** Runs as workers load them, and the engines that runs share, over the memory log and real artifacts. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import { Artifacts, ArtifactUnreadable } from "../../../learning/artifacts.ts"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { append, emptyLog } from "../../../platform/stream/log.fixture.ts"
import type { Environment } from "../../../schemas/environment.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import { loadBase, miniatureBase } from "../base.ts"
import { configText } from "../begin-run.ts"
import { storeModelFiles } from "../cluster/model-files.ts"
import { currentEnvironment } from "../environment.ts"
import { findExample } from "../examples.ts"
import { configOf, defaultExample } from "../presets.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { Directory } from "./directory.ts"
import { Engines } from "./engines.ts"
import { RunLibrary } from "./run-library.ts"
import { id, startedRun } from "./story.fixture.ts"

const scratch = scratchFolder()
const blobs = layerLocal(join(scratch, "blobs"))

const smokeConfig = Effect.gen(function* () {
  const base = yield* loadBase(miniatureBase)
  const prompts = [yield* findExample(defaultExample)] as const
  const model = { name: "miniature", hash: base.weightsHash }
  return yield* configOf({ preset: "smoke", prompts, model, steps: 1, seed: 0, testSeed: 1 })
})

const begun = (name: string, config: RunConfig, environment: Partial<Environment> = {}) =>
  startedRun(name, {
    config: configText(config),
    environment: { ...startedRun(name).environment, ...environment }
  })

const library = RunLibrary.layer(join(scratch, "worker")).pipe(Layer.provideMerge(Directory.layer))

describe("the runs of a worker", () => {
  it.effect("given artifacts that are away when a run is first asked for, then it is there when they are back", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const base = yield* loadBase(miniatureBase)
      const files = yield* storeModelFiles({ ...base, folder: "/elsewhere" })
      const artifacts = yield* Artifacts
      yield* artifacts.store(base.weights)
      const config = yield* smokeConfig
      const model = { name: "/nowhere/model", hash: base.weightsHash, files: files ?? "" }
      yield* append([begun("a", new RunConfig({ ...config, model }))])
      let asked = 0
      const away = (hash: string) => new ArtifactUnreadable({ hash, place: "s3", reason: "io", detail: "no answer" })
      const load: Artifacts["Service"]["load"] = (hash) =>
        Effect.suspend(() => (asked++ === 0 ? Effect.fail(away(hash)) : artifacts.load(hash)))
      yield* Effect.gen(function* () {
        const runs = yield* RunLibrary
        const failure = yield* Effect.flip(runs.of(id("a")))
        assert.deepInclude(failure, { _tag: "RunUnusable", lasting: "passing" })
        const { base: found, run } = yield* runs.of(id("a"))
        assert.strictEqual(found.weightsHash, base.weightsHash)
        assert.strictEqual(found.weights.length, 0)
        assert.strictEqual(run.runId, id("a"))
        const before = asked
        yield* runs.of(id("a"))
        assert.strictEqual(asked, before)
      }).pipe(Effect.provide(library.pipe(Layer.provide(Layer.succeed(Artifacts, { ...artifacts, load })))))
    }).pipe(Effect.provide(Layer.merge(layerMemory, blobs)))
  )

  it.effect("given a configuration that cannot be read, then its run is unusable for good, and only it", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append([startedRun("odd", { config: "{}" }), begun("a", yield* smokeConfig)])
      yield* Effect.gen(function* () {
        const runs = yield* RunLibrary
        assert.deepInclude(yield* Effect.flip(runs.of(id("odd"))), { _tag: "RunUnusable", lasting: "for-good" })
        assert.strictEqual((yield* runs.of(id("a"))).run.runId, id("a"))
      }).pipe(Effect.provide(library))
    }).pipe(Effect.provide(Layer.merge(layerMemory, blobs)))
  )
})

const wasm = ConfigProvider.layer(ConfigProvider.fromEnv({ env: { ONEFOLD_BACKEND: "wasm" } }))

/** With engines that compute as this machine does. */
const withEngines = <A, E>(allowDrift: boolean, work: (engines: Engines["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(Engines, work).pipe(
    Effect.provide(Engines.layer({ threads: 1, allowDrift }).pipe(Layer.provideMerge(library), Layer.provide(wasm)))
  )

describe("the engines of a worker", () => {
  it.live(
    "given runs of one base, then those of the same settings share an engine; under others they are refused, or allowed",
    () =>
      Effect.gen(function* () {
        yield* emptyLog
        const config = yield* smokeConfig
        yield* append([begun("drifted", config, { node: "0.0.0" })])
        const failure = yield* withEngines(false, (engines) => Effect.flip(Effect.scoped(engines.of(id("drifted")))))
        assert.strictEqual(failure._tag, "SettingsDrifted")
        assert.include(String(failure), "node was 0.0.0, is")
        yield* withEngines(true, (engines) =>
          Effect.scoped(
            Effect.gen(function* () {
              const engine = yield* engines.of(id("drifted"))
              const here = yield* Effect.provideService(currentEnvironment, PolicyEngine, engine)
              assert.strictEqual(here.node, process.versions.node)
              assert.strictEqual(yield* engines.of(id("drifted")), engine)
            })
          )
        )
        const twin = new RunConfig({ ...config, seed: 7 })
        yield* append([begun("twin", twin, { node: "0.0.0" })])
        yield* append([begun("other", new RunConfig({ ...config, intraOpThreads: 1 }), { node: "0.0.0" })])
        yield* withEngines(true, (engines) =>
          Effect.scoped(
            Effect.gen(function* () {
              const engine = yield* engines.of(id("drifted"))
              assert.strictEqual(yield* engines.of(id("twin")), engine)
              assert.notStrictEqual(yield* engines.of(id("other")), engine)
            })
          )
        )
      }).pipe(Effect.provide(Layer.merge(layerMemory, blobs))),
    60_000
  )
})

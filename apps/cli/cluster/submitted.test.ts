/** Runs that are handed over at once, over the memory log: names stay apart, and nothing half-done stays. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { Artifacts } from "../../../learning/artifacts.ts"
import type { EngineFacts } from "../../../learning/policy/engine/engine.ts"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { emptyLog, eventsIn } from "../../../platform/stream/log.fixture.ts"
import { loadBase, miniatureBase } from "../base.ts"
import { findExample } from "../examples.ts"
import { configOf, defaultExample } from "../presets.ts"
import { recordedRuns } from "../recorded.ts"
import { id } from "../worker/story.fixture.ts"
import { submitted } from "./submitted.ts"

const folder = mkdtempSync(join(tmpdir(), "onefold-submitted-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const facts: EngineFacts = {
  ...{ backend: "wasm", version: "1", oneDnn: false, intraOpThreads: 1, instructionSet: "none" },
  ...{ mode: "eager", precision: "float32", why: "a test" }
}
const none = () => Effect.die("nothing is computed here")
const engine = Layer.succeed(PolicyEngine, {
  ...{ facts, generate: none, score: none, gradient: none, values: none, valueGradient: none }
})

const world = Layer.mergeAll(layerMemory, layerLocal(folder), engine)

const beginning = Effect.gen(function* () {
  const base = yield* loadBase(miniatureBase)
  const model = { name: "miniature", hash: base.weightsHash }
  const prompts = [yield* findExample(defaultExample)] as const
  const config = yield* configOf({ preset: "smoke", prompts, model, steps: 1, seed: 0, testSeed: 1 })
  return { base, config }
})

const startsIn = Effect.map(eventsIn("runs"), (events) => events.filter(({ _tag }) => _tag === "RunStarted"))

describe("runs that are handed over", () => {
  it.effect("given several at once that choose one name, then each gets its own, and is the first of it", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const run = yield* beginning
      const log = yield* EventLog
      // Everybody has chosen a name before the first of them writes, and each writes before another looks.
      let waiting = 0
      const append: EventLog["Service"]["append"] = (drafts) =>
        Effect.gen(function* () {
          waiting++
          for (let turn = 0; waiting < 3 && turn < 10_000; turn++) yield* Effect.yieldNow
          return yield* log.append(drafts)
        })
      const all = yield* Effect.all([submitted(run), submitted(run), submitted(run)], {
        concurrency: "unbounded"
      }).pipe(Effect.provideService(EventLog, { ...log, append }))
      assert.strictEqual(new Set(all.map(({ runId }) => runId)).size, 3)
      const runs = yield* recordedRuns()
      for (const started of all)
        assert.deepStrictEqual(runs.find((each) => each.started.runId === started.runId)?.started, started)
    }).pipe(Effect.provide(world))
  )

  it.effect("given a competitor that writes between the choice and where the run begins, then it is seen", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const run = yield* beginning
      const log = yield* EventLog
      const competitor = submitted(run).pipe(Effect.provideService(EventLog, log), Effect.orDie)
      const others = yield* Effect.context<Artifacts | PolicyEngine>()
      let asked = 0
      // The first question for the ends is that of who looks for a free name.
      const endOffsets: EventLog["Service"]["endOffsets"] = (topic) =>
        Effect.gen(function* () {
          asked++
          if (asked === 2) yield* Effect.provideContext(competitor, others)
          return yield* log.endOffsets(topic)
        })
      const late = yield* submitted(run).pipe(Effect.provideService(EventLog, { ...log, endOffsets }))
      const runs = yield* recordedRuns()
      assert.strictEqual(runs.length, 2)
      assert.deepStrictEqual(runs.find(({ started }) => started.runId === late.runId)?.started, late)
    }).pipe(Effect.provide(world))
  )

  it.effect("given a name that is taken, then it is refused and nothing is written", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const run = { ...(yield* beginning), name: id("mine") }
      assert.strictEqual((yield* submitted(run)).runId, id("mine"))
      const failure = yield* Effect.flip(submitted(run))
      assert.include(String(failure), "there is a run mine in this cluster already; choose another name")
      assert.strictEqual((yield* startsIn).length, 1)
    }).pipe(Effect.provide(world))
  )
})

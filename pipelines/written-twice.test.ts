/** Every reader of the pipeline drops what it has seen: a whole run in which every record lies in the log twice. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { layerMemory } from "../platform/log/memory.ts"
import { append, emptyLog } from "../platform/stream/log.fixture.ts"
import { writingTwice } from "../platform/stream/twice.fixture.ts"
import { engineWithBase } from "./engine.fixture.ts"
import { contentOf, foldThread, servedAnew, serveUntilWritten, startOf, visible } from "./pipeline.fixture.ts"
import { ppo, smallRun } from "./small-run.fixture.ts"

const counterOf = (name: string) =>
  Effect.map(Metric.snapshot, (all) => {
    const found = new Map<string, number>()
    for (const metric of all)
      if (metric.id === name && metric.type === "Counter")
        found.set(metric.attributes?.stage ?? "", Number(metric.state.count))
    return found
  })

/** With and without a critic: every stage and every decider there is. */
const kinds = [
  ["GRPO", smallRun({ steps: 2 }), ["critic-gradient", "apply-critic", "score"]],
  ["PPO", smallRun({ steps: 2, ...ppo }), []]
] as const

describe("a run whose every record is written twice", () => {
  layer(Layer.merge(engineWithBase(2), foldThread), { timeout: 60_000 })("over memory and the engine", (it) => {
    it.effect.each(kinds)(
      "given %s, then what is visible is the undisturbed run's, and repeats are counted",
      ([, run, idle]) =>
        Effect.gen(function* () {
          const once = yield* servedAnew(run)
          const before = yield* counterOf("onefold_stream_repeats_total")
          yield* emptyLog
          yield* writingTwice(Effect.andThen(append([startOf(run)]), serveUntilWritten(run, "RunFinished")))
          const written = yield* contentOf
          assert.deepStrictEqual(visible(written), visible(once))
          const times = Map.groupBy(written, ({ id }) => id)
          for (const [id, records] of times) assert.lengthOf(records, 2, id)
          const repeats = yield* counterOf("onefold_stream_repeats_total")
          for (const [stage, count] of repeats)
            if (!idle.some((name) => name === stage)) assert.isAbove(count, before.get(stage) ?? 0, stage)
          for (const [stage, count] of yield* counterOf("onefold_stream_conflicts_total"))
            assert.strictEqual(count, 0, stage)
        }).pipe(Effect.provide(layerMemory))
    )
  })
})

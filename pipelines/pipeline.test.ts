import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Artifacts } from "../learning/artifacts.ts"
import { decodeParameters } from "../learning/policy/checkpoint/checkpoint.ts"
import { layerMemory } from "../platform/log/memory.ts"
import { append, emptyLog, eventsIn } from "../platform/stream/log.fixture.ts"
import { goldenEvents } from "../schemas/golden-events.ts"
import { RunPaused } from "../schemas/run-paused.ts"
import { RunResumed } from "../schemas/run-resumed.ts"
import { engineWithBase } from "./engine.fixture.ts"
import {
  contentOf,
  foldThread,
  killedAgainAndAgain,
  servedAnew,
  serveUntilWritten,
  startOf,
  visible
} from "./pipeline.fixture.ts"
import { baseHash, layout, smallRun } from "./small-run.fixture.ts"

/** Three steps of sixteen rollouts, tests of the base, the second and the last policy. */
const run = smallRun({ steps: 3, copies: 4, cohorts: 2, shards: 2 })
const { runId } = run
const started = startOf(run)

/** What every disturbed run is held against; served once. */
const undisturbed = Effect.runSync(Effect.cached(servedAnew(run)))

describe("the pipeline", () => {
  layer(Layer.merge(engineWithBase(2), foldThread), { timeout: 60_000 })("over memory and the engine", (it) => {
    it.effect("given a run that starts, then it goes on to its end, and every id is written once", () =>
      Effect.gen(function* () {
        const written = yield* undisturbed
        assert.strictEqual(visible(written).size, written.length)
        const count = (part: string) => written.filter(({ id }) => id.includes(part)).length
        assert.deepStrictEqual(["/rollouts/", "/rollout/", "/grade/", "/shard/", "/gradient/", "/policy"].map(count), [
          3 * 2,
          3 * 16,
          3 * 16,
          3 * 2,
          3 * 2,
          3
        ])
        // Base and last policy: greedy and two answers on four problems, two on two examples; second policy: greedy.
        assert.deepStrictEqual(["/answer/", "/evaluation/", "dead-letter"].map(count), [2 * 16 + 4, 7, 0])
        assert.strictEqual(count("/finished"), 1)
      })
    )

    it.effect("given a finished run, then its last policy is among the artifacts and is not the base", () =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append([started])
        const finished = yield* serveUntilWritten(run, "RunFinished")
        const updates = (yield* eventsIn("runs")).filter((event) => event._tag === "PolicyUpdated")
        const last = updates[updates.length - 1]
        assert.deepInclude(finished, { steps: 3, policyHash: last.policyHash })
        const bytes = yield* (yield* Artifacts).load(last.policyHash)
        assert.lengthOf(yield* decodeParameters(layout, bytes, ""), layout.size)
        assert.notInclude([baseHash, updates[0].policyHash], last.policyHash)
        assert.isTrue(updates.every(({ metrics }) => metrics.gradientNorm > 0 && metrics.zeroSignalGroups < 1))
      }).pipe(Effect.provide(layerMemory))
    )

    it.effect("given the same run from nothing, with one worker or two, then the log is the same to the byte", () =>
      Effect.gen(function* () {
        const first = visible(yield* undisturbed)
        assert.deepStrictEqual(visible(yield* servedAnew(run)), first)
        const alone = yield* servedAnew(run).pipe(Effect.provide(Layer.fresh(engineWithBase(1))))
        assert.deepStrictEqual(visible(alone), first)
      })
    )

    it.effect.each([1, 2, 3, 4, 5, 6])(
      "given kills at moments drawn from seed %d, then the log that is left is the undisturbed one's",
      (seed) =>
        Effect.gen(function* () {
          yield* emptyLog
          yield* append([started])
          assert.isAbove(yield* killedAgainAndAgain(run, seed), 2, "it was killed")
          const written = yield* contentOf
          assert.deepStrictEqual(visible(written), visible(yield* undisturbed))
          for (const record of written)
            assert.deepStrictEqual(record, visible(written).get(record.id), "what was written again is the same")
        }).pipe(Effect.provide(layerMemory))
    )

    it.effect("given a pause, then the run stops before its next step, and a resume ends it with the same bits", () =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append([started, new RunPaused({ ...goldenEvents.RunPaused, runId })])
        yield* serveUntilWritten(run, "PolicyUpdated")
        yield* append([new RunResumed({ ...goldenEvents.RunResumed, runId })])
        const before = yield* eventsIn("rollouts.requested")
        assert.isTrue(before.every((event) => "step" in event && event.step === 0))
        yield* serveUntilWritten(run, "RunFinished")
        const left = new Map(visible(yield* contentOf))
        for (const kind of ["paused/1", "resumed/2"]) assert.isTrue(left.delete(`${runId}/${kind}`))
        assert.deepStrictEqual(left, visible(yield* undisturbed))
      }).pipe(Effect.provide(layerMemory))
    )
  })
})

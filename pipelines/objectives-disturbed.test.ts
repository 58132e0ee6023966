/** Runs that learn otherwise, stopped where it hurts: in the middle of a batch, and again and again; also over an adapter. */
import { createHash } from "node:crypto"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Artifacts } from "../learning/artifacts.ts"
import { encodeParameters } from "../learning/policy/checkpoint/checkpoint.ts"
import { adapterLayout, initialAdapter } from "../learning/policy/training/lora.ts"
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
import type { Run } from "./runs.ts"
import { baseHash, ppo, smallPolicy, smallRun } from "./small-run.fixture.ts"

const small = { steps: 4, copies: 4, cohorts: 2, shards: 2 }
const evaluation = { ...smallRun().config.evaluation, everySteps: 1 }

/** Kills a run again and again, and holds what is left against the undisturbed one. */
const outlivesKills = (run: Run, seed: number) =>
  Effect.gen(function* () {
    yield* emptyLog
    yield* append([startOf(run)])
    assert.isAbove(yield* killedAgainAndAgain(run, seed), 2, "it was killed")
    const written = yield* contentOf
    const left = visible(written)
    assert.deepStrictEqual(left, visible(yield* servedAnew(run)))
    for (const record of written)
      assert.deepStrictEqual(record, left.get(record.id), "what was written again is the same")
  }).pipe(Effect.provide(Layer.fresh(layerMemory)))

describe("a run that learns otherwise", () => {
  layer(Layer.merge(engineWithBase(2), foldThread), { timeout: 120_000 })("and is disturbed", (it) => {
    const paused: ReadonlyArray<readonly [string, Run]> = [
      ["four updates a batch", smallRun({ ...small, updatesPerBatch: 4, evaluation })],
      ["two updates a batch of PPO", smallRun({ ...small, ...ppo, updatesPerBatch: 2, evaluation })]
    ]

    it.effect.each(paused)(
      "given %s and a pause at its start, then the batch is used up, and a resume ends the run with the same bits",
      ([, run]) =>
        Effect.gen(function* () {
          const { runId } = run
          yield* emptyLog
          yield* append([startOf(run), new RunPaused({ ...goldenEvents.RunPaused, runId })])
          yield* serveUntilWritten(run, "PolicyUpdated")
          assert.isEmpty((yield* eventsIn("rollouts.requested")).filter((event) => "step" in event && event.step > 0))
          yield* append([new RunResumed({ ...goldenEvents.RunResumed, runId })])
          yield* serveUntilWritten(run, "RunFinished")
          const left = new Map(visible(yield* contentOf))
          for (const kind of ["paused/1", "resumed/2"]) assert.isTrue(left.delete(`${runId}/${kind}`))
          assert.deepStrictEqual(left, visible(yield* servedAnew(run)))
        }).pipe(Effect.provide(Layer.fresh(layerMemory)))
    )

    const warm = { ...ppo, critic: { ...ppo.critic, warmUpBatches: 1 } }

    it.effect.each([1, 2, 3])(
      "given a critic that learns alone first and kills drawn from seed %d, then the log is the undisturbed one's",
      (seed) => outlivesKills(smallRun({ ...small, ...warm, updatesPerBatch: 2, evaluation }), seed)
    )
  })

  const lora = { rank: 2, alpha: 4, targets: ["q_proj", "down_proj"] } as const
  const layout = adapterLayout(smallPolicy, lora)
  const bytes = encodeParameters(layout, initialAdapter(smallPolicy, lora, 3))
  const initial = createHash("sha256").update(bytes).digest("hex")
  const overAdapter = Layer.provideMerge(
    Layer.effectDiscard(Effect.flatMap(Artifacts, (artifacts) => artifacts.store(bytes))),
    engineWithBase(2, { lora, base: baseHash })
  )

  layer(Layer.merge(overAdapter, foldThread), { timeout: 120_000 })("and trains an adapter", (it) => {
    const choices = { ...small, ...ppo, updatesPerBatch: 2, klCoefficient: 0, klRewardCoefficient: 0.1 }
    const run: Run = { ...smallRun({ ...choices, lora: { ...lora, initial } }), layout }

    it.effect(
      "given a critic beside it and kills, then adapter and critic both move, and the log is the undisturbed one's",
      () =>
        Effect.gen(function* () {
          yield* outlivesKills(run, 5)
          yield* emptyLog
          yield* append([startOf(run)])
          yield* serveUntilWritten(run, "RunFinished")
          const story = yield* eventsIn("runs")
          const policies = story.flatMap((event) => (event._tag === "PolicyUpdated" ? [event.policyHash] : []))
          const critics = story.flatMap((event) => (event._tag === "CriticUpdated" ? [event.criticHash] : []))
          assert.deepStrictEqual([new Set(policies).size, new Set(critics).size], [4, 4])
        }).pipe(Effect.provide(Layer.fresh(layerMemory)))
    )
  })
})

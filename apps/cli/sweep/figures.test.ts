/** The figures of a sweep, from a history whose every row is known. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { History } from "../../../platform/history/history.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { draftOf } from "../../../platform/stream/deliver.ts"
import { type OnefoldEvent, topics } from "../../../schemas/catalogue.ts"
import { EvaluationCompleted } from "../../../schemas/evaluation-completed.ts"
import { EvaluationSampled } from "../../../schemas/evaluation-sampled.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunId } from "../../../schemas/ids.ts"
import { PolicyUpdated } from "../../../schemas/policy-updated.ts"
import { RunFinished } from "../../../schemas/run-finished.ts"
import { RunResumed } from "../../../schemas/run-resumed.ts"
import { RunStarted } from "../../../schemas/run-started.ts"
import { figuresOf } from "./figures.ts"
import { loggedFiguresOf } from "./log-figures.ts"

const base = RunId.make("sweep-1-base")
const trained = RunId.make("sweep-1-two-1-s3")
const unsaturated = RunId.make("sweep-1-chain-0-s0")

const startedAs = (runId: RunId, promptId: string, seed: number) =>
  new RunStarted({
    ...goldenEvents.RunStarted,
    runId,
    config: JSON.stringify({ seed, prompts: [{ promptId }], evaluation: { baseRun: base } })
  })
const finished = (runId: RunId, steps: number) => new RunFinished({ ...goldenEvents.RunFinished, runId, steps })
const resumed = (runId: RunId) => new RunResumed({ ...goldenEvents.RunResumed, runId, session: 2 })

/** Greedy answers of a policy, of three tokens each: a `1` is right. */
const answers = (runId: RunId, step: number, verdicts: string): ReadonlyArray<OnefoldEvent> => [
  ...[...verdicts].map(
    (right, i) =>
      new EvaluationSampled({
        ...goldenEvents.EvaluationSampled,
        ...{ runId, step, protocol: "greedy", problemId: `p${i}`, sampleIndex: 0 },
        tokens: Int32Array.of(1, 2, 3),
        logProbs: new Float32Array(3),
        entropies: new Float32Array(3),
        verdict: right === "1" ? "correct" : "incorrect"
      })
  ),
  new EvaluationCompleted({ ...goldenEvents.EvaluationCompleted, runId, step, protocol: "greedy" })
]

const update = (runId: RunId, step: number, rewardMean: number, zeroSignalGroups: number) =>
  new PolicyUpdated({
    ...goldenEvents.PolicyUpdated,
    runId,
    step,
    metrics: { ...goldenEvents.PolicyUpdated.metrics, rewardMean, zeroSignalGroups, tokens: 100 }
  })

/** What is written at which second. */
const story: ReadonlyArray<readonly [second: number, ReadonlyArray<OnefoldEvent>]> = [
  [0, [startedAs(base, "two:1", 0), ...answers(base, 0, "110000"), finished(base, 0)]],
  [10, [startedAs(trained, "two:1", 3), startedAs(unsaturated, "chain:0", 0)]],
  [12, [update(trained, 1, 0.5, 0), update(unsaturated, 1, 0.95, 1)]],
  [13, [update(trained, 2, 0.85, 0.5), update(unsaturated, 2, 0.95, 1)]],
  // Killed here; an hour later it goes on.
  [3613, [resumed(trained), finished(unsaturated, 2)]],
  [3615, [update(trained, 3, 0.9, 0.5), update(trained, 4, 0.95, 1)]],
  [3618, [update(trained, 5, 0.2, 0), ...answers(trained, 3, "111111"), ...answers(trained, 5, "101110")]],
  [3620, [...answers(unsaturated, 2, "110000"), finished(trained, 5)]]
]

/** The history with all of that in it. */
const told = <A, E>(use: Effect.Effect<A, E, EventLog | History>) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-sweep-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    return yield* Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.createTopics(topics)
      const history = yield* History
      const following = yield* Effect.forEach([base, trained, unsaturated], (runId) =>
        history.follow({ runId, vocabulary: [], from: [] })
      )
      for (const [second, events] of story) {
        yield* TestClock.setTime(1000 * second + 1e12)
        yield* log.append(events.map(draftOf))
      }
      yield* Effect.forEach(following, ({ drain }) => drain)
      return yield* use
    }).pipe(Effect.scoped, Effect.provide(History.layer(join(folder, "history"))))
  }).pipe(Effect.scoped, Effect.provide(layerMemory))

describe("the figures of a sweep", () => {
  it.effect("pair a run's last greedy answers with those of the base run that its configuration names", () =>
    told(
      Effect.gen(function* () {
        const [run] = yield* figuresOf([trained])
        assert.deepInclude(run, { run: trained, example: "two:1", seed: 3 })
        assert.deepInclude(run, { problems: 6, before: 2, after: 4, won: 3, lost: 1 })
      })
    )
  )

  it.effect(
    "have saturation at the first of three steps whose mean reward is at least 0.9, and null where none are",
    () =>
      told(
        Effect.gen(function* () {
          const rows = yield* figuresOf([trained, unsaturated])
          assert.deepStrictEqual(
            rows.map(({ run, saturation }) => [run, saturation]),
            [
              [trained, 2],
              [unsaturated, null]
            ]
          )
          assert.deepStrictEqual(
            rows.map(({ zeroSignalGroups }) => zeroSignalGroups),
            [0.4, 1]
          )
        })
      )
  )

  it.effect("count tokens of training and evaluations, and the seconds of sittings without those between them", () =>
    told(
      Effect.gen(function* () {
        const [run] = yield* figuresOf([trained])
        assert.strictEqual(run.tokens, 5 * 100 + 2 * 6 * 3)
        assert.closeTo(run.seconds, 3 + 7, 1e-9)
      })
    )
  )

  it.effect("are the same from the log's own events, where there is no history", () =>
    told(
      Effect.gen(function* () {
        const runs = [unsaturated, trained, RunId.make("sweep-1-none")]
        const logged = yield* loggedFiguresOf(runs, base)
        assert.lengthOf(logged, 2)
        assert.deepStrictEqual(logged, yield* figuresOf(runs))
        assert.deepStrictEqual(yield* loggedFiguresOf([trained], RunId.make("sweep-1-no-base")), [])
      })
    )
  )

  it.effect("leave out what is not finished", () =>
    told(
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* figuresOf([RunId.make("sweep-1-none")]), [])
        assert.deepStrictEqual(yield* figuresOf([]), [])
      })
    )
  )
})

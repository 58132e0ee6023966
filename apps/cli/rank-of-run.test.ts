/** A run's accuracies out of the tables: which steps count, and what is in them. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { startOf } from "../../platform/history/fabricated/life.ts"
import { vocabulary } from "../../platform/history/fabricated/names.ts"
import { fabricatedRun } from "../../platform/history/fabricated/run.ts"
import { historyFolder } from "../../platform/history/folder.ts"
import { History } from "../../platform/history/history.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerMemory } from "../../platform/log/memory.ts"
import { draftOf } from "../../platform/stream/deliver.ts"
import { type OnefoldEvent, topics } from "../../schemas/catalogue.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import { RolloutGraded } from "../../schemas/rollout-graded.ts"
import { RolloutRequested } from "../../schemas/rollout-requested.ts"
import { RunStarted } from "../../schemas/run-started.ts"
import { openDataFolder } from "./data-folder.ts"
import { historiesOfRun } from "./rank-of-run.ts"
import { scratchFolder } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const shape = { runId: "run-1", steps: 3, samples: 4, shards: 1, cohorts: 2, longest: 3 }

/** In the order of the configuration, which is neither that of names nor that of events. */
const prompts = ["b", "it's", "a", "later"].map((promptId) => ({
  promptId,
  text: `${promptId}?`,
  answer: `${promptId}!`
}))

const first = startOf(shape)
const started = new RunStarted({ ...first, config: JSON.stringify({ prompts, seed: 7 }) })
const { runId } = started

/** One cohort for each half of the samples, as real runs ask. */
const requests = (step: number, promptIds: ReadonlyArray<string>) =>
  [0, 1].map(
    (cohort) =>
      new RolloutRequested({
        ...{ runId, causes: [], step, cohort, policyHash: started.baseHash },
        prompts: promptIds.map((promptId) => ({ promptId, firstSample: 2 * cohort, samples: 2 }))
      })
  )

const graded = (step: number, promptId: string, rewards: ReadonlyArray<number | null>) =>
  rewards.map(
    (reward, sampleIndex) =>
      new RolloutGraded({
        ...{ runId, causes: [], step, promptId, sampleIndex, reward, extracted: null },
        ...{ verdict: reward === 1 ? "correct" : "incorrect", rule: "integers", boxed: true, truncated: false },
        ...{ grader: "miniature@1", rewardName: "outcome" }
      })
  )

const policies = fabricatedRun(shape).filter((event): event is PolicyUpdated => event instanceof PolicyUpdated)

/** A data folder whose history has these events. */
const recorded = Effect.fn("recorded")(function* (name: string, events: ReadonlyArray<OnefoldEvent>) {
  const dataDir = join(scratch, name)
  yield* openDataFolder(dataDir)
  yield* Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.createTopics(topics)
    const { drain } = yield* (yield* History).follow({ runId, vocabulary, from: [] })
    yield* log.append(events.map(draftOf))
    yield* drain
  }).pipe(Effect.scoped, Effect.provide(History.layer(historyFolder(dataDir))), Effect.provide(layerMemory))
  return dataDir
})

const asked = ["a", "b", "it's"]
const events: ReadonlyArray<OnefoldEvent> = [
  started,
  ...[0, 1, 2, 3].flatMap((step) => requests(step, asked)),
  // Step 1 comes before step 0: what counts is the step, not the time.
  ...graded(1, "a", [1, 1, 1, 0]),
  ...graded(1, "it's", [0.1, 0.2, 0.3, 0.4]),
  ...graded(1, "b", [null, null, null, null]),
  ...graded(0, "a", [1, 0, null, 0]),
  ...graded(0, "b", [1, 1, 1, 1]),
  ...graded(0, "it's", [0, 0, 0, 0]),
  // One verdict is missing yet.
  ...graded(2, "a", [1, 1, 1, 1]),
  ...graded(2, "b", [1, 1, 1]),
  ...graded(2, "it's", [1, 1, 1, 1]),
  // No policy has come of this step yet.
  ...asked.flatMap((promptId) => graded(3, promptId, [1, 1, 1, 1])),
  ...policies
]

describe("the accuracies of a run", () => {
  it.live("are its mean rewards by step, an unknown one as 0, in the order of its configuration", () =>
    Effect.gen(function* () {
      const dataDir = yield* recorded("whole", events)
      const told = yield* historiesOfRun(dataDir, "last")
      assert.strictEqual(told.run, "run-1")
      assert.deepStrictEqual(told.histories, [
        { index: "b", history: [1, 0], label: "b!" },
        { index: "it's", history: [0, 0.25, 1], label: "it's!" },
        { index: "a", history: [0.25, 0.75, 1], label: "a!" }
      ])
      assert.deepStrictEqual(told.unseen, ["later"])
      assert.deepStrictEqual([...told.prompts], prompts)
      assert.deepStrictEqual(yield* historiesOfRun(dataDir, "run-1"), told)
    })
  )

  it.live("given another run's name, then the nearest one, whatever it is made of", () =>
    Effect.gen(function* () {
      const dataDir = yield* recorded("named", [started])
      for (const name of ["run-2", "run-1' OR 1=1 --"]) {
        const failure = yield* Effect.flip(historiesOfRun(dataDir, name))
        assert.strictEqual(
          failure.message,
          `there is no run ${name}; did you mean run-1? "onefold runs" lists them all`
        )
      }
    })
  )

  it.live("given a run before its first step, then there is nothing to rank", () =>
    Effect.gen(function* () {
      const dataDir = yield* recorded("early", [started, ...requests(0, asked), ...graded(0, "a", [1, 0, 1, 0])])
      const failure = yield* Effect.flip(historiesOfRun(dataDir, "last"))
      assert.deepInclude(failure, { _tag: "NothingToRank", run: "run-1" })
    })
  )
})

/** The questions to the history, over events whose every row is known. */
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
import { EvaluationSampled } from "../../../schemas/evaluation-sampled.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunId } from "../../../schemas/ids.ts"
import { PolicyUpdated } from "../../../schemas/policy-updated.ts"
import { saturatedEvaluation } from "./evidence.ts"
import { atWorkQuery, comparedQuery, trainingCurvesQuery } from "./queries.ts"

const [ours, theirs] = [RunId.make("ours"), RunId.make("theirs")]

/** Greedy answers to four problems, two of each family: a `1` is right. */
const answers = (runId: RunId, step: number, verdicts: string): ReadonlyArray<OnefoldEvent> =>
  [...verdicts].map(
    (right, i) =>
      new EvaluationSampled({
        ...goldenEvents.EvaluationSampled,
        ...{ runId, step, protocol: "greedy", problemId: `test/${i < 2 ? "two" : "seq"}/9/${i}`, sampleIndex: 0 },
        verdict: right === "1" ? "correct" : "incorrect"
      })
  )

const update = (runId: RunId, step: number, rewardMean: number, solvedShare: number) =>
  new PolicyUpdated({
    ...goldenEvents.PolicyUpdated,
    runId,
    step,
    metrics: { ...goldenEvents.PolicyUpdated.metrics, rewardMean, solvedShare }
  })

/** What is written at which second. */
const story: ReadonlyArray<readonly [second: number, ReadonlyArray<OnefoldEvent>]> = [
  [0, [update(ours, 1, 0.25, 0.5), update(theirs, 1, 0, 0)]],
  [20, answers(ours, 1, "1100")],
  [30, answers(theirs, 1, "0000")],
  // An hour passes in which nobody works.
  [3630, [update(ours, 2, 0.75, 1)]],
  [3645, [...answers(ours, 2, "0111"), ...answers(theirs, 2, "0010")]]
]

const asked = (sql: string) =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-science-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    return yield* Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.createTopics(topics)
      const history = yield* History
      const following = yield* Effect.forEach([ours, theirs], (runId) =>
        history.follow({ runId, vocabulary: [], from: [] })
      )
      for (const [second, events] of story) {
        yield* TestClock.setTime(1000 * second + 1e12)
        yield* log.append(events.map(draftOf))
      }
      yield* Effect.forEach(following, ({ drain }) => drain)
      const answer = yield* history.query(sql, "json")
      return answer
        .split("\n")
        .filter(Boolean)
        .map((line): Record<string, unknown> => JSON.parse(line))
    }).pipe(Effect.scoped, Effect.provide(History.layer(join(folder, "history"))))
  }).pipe(Effect.scoped, Effect.provide(layerMemory))

const counts = (row: Record<string, unknown>) =>
  ["problems", "before", "after", "won", "lost"].map((name) => Number(row[name]))

describe("the questions to the history", () => {
  it.effect("pair two policies' answers to the same problems, family by family, and no other steps", () =>
    Effect.gen(function* () {
      const rows = yield* asked(
        comparedQuery([
          { run: ours, step: 2, other: theirs, otherStep: 1 },
          { run: ours, step: 2, other: ours, otherStep: 1 }
        ])
      )
      const found = Object.fromEntries(rows.map((row) => [`${row.other} ${row.otherStep} ${row.family}`, counts(row)]))
      assert.deepStrictEqual(found, {
        "theirs 1 two": [2, 0, 1, 1, 0],
        "theirs 1 seq": [2, 0, 2, 2, 0],
        "ours 1 two": [2, 2, 1, 0, 1],
        "ours 1 seq": [2, 0, 2, 2, 0]
      })
    })
  )

  it.effect("tell reward and share solved of each update", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* asked(trainingCurvesQuery([ours])), [
        { run: "ours", step: 1, reward: 0.25, solved: 0.5 },
        { run: "ours", step: 2, reward: 0.75, solved: 1 }
      ])
    })
  )

  it.effect("count the seconds in which any run was at work, and no long silence", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* asked(atWorkQuery([ours, theirs])), [{ seconds: 45 }])
    })
  )
})

describe("the held-out evaluation that saturation is counted from", () => {
  const evaluations = [0, 10, 20, 30].map((step) => ({ step, protocol: "greedy", family: "all" }))

  it("is the first at or after it, and null where that is the last or training never saturated", () => {
    assert.strictEqual(saturatedEvaluation(11, evaluations, 30), 20)
    assert.strictEqual(saturatedEvaluation(20, evaluations, 30), 20)
    assert.isNull(saturatedEvaluation(21, evaluations, 30))
    assert.isNull(saturatedEvaluation(null, evaluations, 30))
  })

  it("is none of another protocol or of one family", () => {
    const others = [
      { step: 12, protocol: "avg@8", family: "all" },
      { step: 13, protocol: "greedy", family: "two" }
    ]
    assert.strictEqual(saturatedEvaluation(11, [...others, ...evaluations], 30), 20)
  })
})

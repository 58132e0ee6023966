import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { delivered, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import { shuffled } from "../../platform/stream/order.fixture.ts"
import type { EventOf } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import { EvaluationRequested } from "../../schemas/evaluation-requested.ts"
import { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { causesDigest } from "../causes.ts"
import { knowing, smallRun } from "../small-run.fixture.ts"
import { complete } from "./complete.ts"

type Consumed = EventOf<"EvaluationRequested" | "EvaluationSampled">

const run = smallRun()
const [first, second, third, fourth] = run.heldOut.map(({ id }) => id)
const samplesPerProblem = 2
const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))

interface Sitting {
  readonly step: number
  readonly protocol: string
}
const atStart: Sitting = { step: 0, protocol: "avg@2" }

/** Two cohorts of two problems each. */
const requests = (sitting: Sitting): ReadonlyArray<EvaluationRequested> =>
  [
    [first, second],
    [third, fourth]
  ].map(
    (problemIds, cohort) =>
      new EvaluationRequested({
        ...goldenEvents.EvaluationRequested,
        ...sitting,
        runId,
        cohort,
        cohorts: 2,
        problemIds,
        samplesPerProblem,
        policyHash: hash("b")
      })
  )

const sampled = (sitting: Sitting, fields: Partial<EvaluationSampled>): EvaluationSampled =>
  new EvaluationSampled({ ...goldenEvents.EvaluationSampled, ...sitting, runId, policyHash: hash("b"), ...fields })

/** Verdicts on each problem's two answers. */
const verdicts = {
  [first]: ["correct", "incorrect"],
  [second]: ["incorrect", "no-answer"],
  [third]: ["correct", "correct"],
  [fourth]: ["unknown", "unknown"]
} as const

const answers = (sitting: Sitting): ReadonlyArray<EvaluationSampled> =>
  Object.entries(verdicts).flatMap(([problemId, both], p) =>
    both.map((verdict, sampleIndex) =>
      sampled(sitting, {
        problemId,
        sampleIndex,
        verdict,
        cohort: Math.floor(p / 2),
        boxed: verdict !== "no-answer",
        stop: verdict === "no-answer" ? "length" : "eos",
        tokens: new Int32Array(p + 1),
        logProbs: new Float32Array(p + 1),
        entropies: new Float32Array(p + 1)
      })
    )
  )

const inputs: ReadonlyArray<Consumed> = [...requests(atStart), ...answers(atStart)]

const writes = (events: ReadonlyArray<Consumed>) =>
  Effect.map(play(complete, events), ({ outputs }) => outputs).pipe(Effect.provide(knowing(run)))

const completedIn = (events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<EvaluationCompleted> =>
  events.filter((event) => event._tag === "EvaluationCompleted")

describe("complete", () => {
  it.effect("given every answer of every cohort, then the figures are told for all problems and for each family", () =>
    Effect.gen(function* () {
      const [event] = completedIn(yield* writes(inputs))
      assert.deepInclude(event, { step: 0, protocol: "avg@2", policyHash: hash("b") })
      assert.strictEqual(event.eventId, `${runId}/0/evaluation/avg@2`)
      assert.deepStrictEqual(
        event.results.map(({ accuracy, group, passAtK, problems }) => ({ group, problems, accuracy, passAtK })),
        [
          { group: "all", problems: 4, accuracy: 3 / 8, passAtK: 1 / 2 },
          { group: "chain", problems: 2, accuracy: 1 / 4, passAtK: 1 / 2 },
          { group: "eq", problems: 2, accuracy: 1 / 2, passAtK: 1 / 2 }
        ]
      )
      assert.deepInclude(event.results[0], {
        samplesPerProblem: 2,
        boxed: 7 / 8,
        truncated: 1 / 8,
        responseLength: 2.5
      })
    })
  )

  it.effect.each(inputs.map(({ eventId }, i) => [eventId.slice(runId.length + 1), i] as const))(
    "given all but %s, then it waits",
    ([, missing]) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* writes(inputs.filter((_, i) => i !== missing)), [])
      })
  )

  it.effect.prop(
    "given any order of arrival, then the same is written once, by the last event",
    { seed: Seed },
    (drawn) =>
      Effect.gen(function* () {
        const arrived = shuffled(inputs, drawn.seed)
        assert.deepStrictEqual(yield* writes(arrived.slice(0, -1)), [])
        assert.deepStrictEqual(yield* writes(arrived), yield* writes(inputs))
      })
  )

  it.effect("given two tests of one policy and one of another, all mixed, then each is told on its own", () =>
    Effect.gen(function* () {
      const sittings: ReadonlyArray<Sitting> = [
        atStart,
        { step: 0, protocol: "greedy" },
        { step: 2, protocol: "avg@2" }
      ]
      const events = sittings.flatMap((sitting): ReadonlyArray<Consumed> => [...requests(sitting), ...answers(sitting)])
      const outputs = yield* writes(shuffled(events, 11))
      assert.sameMembers(
        outputs.map(({ eventId }) => eventId.slice(runId.length + 1)),
        ["0/evaluation/avg@2", "0/evaluation/greedy", "2/evaluation/avg@2"]
      )
    })
  )

  it.effect("given a finished test, then its cause is every answer, problem by problem, by id and hash", () =>
    Effect.gen(function* () {
      const causes = [causesDigest(`${runId}/0/avg@2/answers`, answers(atStart).map(delivered))]
      const [event] = completedIn(yield* writes(shuffled(inputs, 2)))
      assert.deepStrictEqual(event.causes, causes)
    })
  )

  it.effect("given a test on the training examples, then they are one group of their own", () =>
    Effect.gen(function* () {
      const sitting: Sitting = { step: 0, protocol: "train@2" }
      const problemIds = run.examples.map(({ id }) => id)
      const request = new EvaluationRequested({ ...requests(sitting)[0], cohorts: 1, problemIds })
      const own = problemIds.flatMap((problemId) =>
        [0, 1].map((sampleIndex) => sampled(sitting, { problemId, sampleIndex, verdict: "correct" }))
      )
      const [{ results }] = completedIn(yield* writes([request, ...own]))
      assert.deepStrictEqual(
        results.map(({ accuracy, group }) => [group, accuracy]),
        [
          ["all", 1],
          ["train", 1]
        ]
      )
    })
  )
})

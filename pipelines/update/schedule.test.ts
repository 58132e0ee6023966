import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { delivered, play, runId } from "../../platform/stream/events.fixture.ts"
import { permutations } from "../../platform/stream/order.fixture.ts"
import { causeOf, type EventOf } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RunId } from "../../schemas/ids.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import { RunCancelled } from "../../schemas/run-cancelled.ts"
import { RunPaused } from "../../schemas/run-paused.ts"
import { RunResumed } from "../../schemas/run-resumed.ts"
import { RunStarted } from "../../schemas/run-started.ts"
import type { Run } from "../runs.ts"
import { baseHash, knowing, policyHash, smallRun } from "../small-run.fixture.ts"
import { type ScheduleState, schedule } from "./schedule.ts"

type Consumed = EventOf<(typeof schedule.consumes)[number]>

const started = new RunStarted({ ...goldenEvents.RunStarted, runId, baseHash })
const updated = (step: number) =>
  new PolicyUpdated({ ...goldenEvents.PolicyUpdated, runId, step, policyHash: policyHash(step) })
const paused = (session: number) => new RunPaused({ ...goldenEvents.RunPaused, runId, session })
const resumed = (session: number) => new RunResumed({ ...goldenEvents.RunResumed, runId, session })
const cancelled = new RunCancelled({ ...goldenEvents.RunCancelled, runId })
const evaluated = (step: number, protocol: string) =>
  new EvaluationCompleted({ ...goldenEvents.EvaluationCompleted, runId, step, protocol, policyHash: policyHash(step) })

const run = smallRun()
const { steps } = run.config

/** What the schedule writes when these events come in this order. */
const writes = (events: ReadonlyArray<Consumed>, of: Run = run) =>
  Effect.map(play(schedule, events), ({ outputs }) => outputs).pipe(Effect.provide(knowing(of)))

const idsOf = (events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<string> =>
  events.map(({ eventId }) => eventId.slice(runId.length + 1))

const rolloutsOf = (events: ReadonlyArray<OnefoldEvent>) => events.filter((event) => event._tag === "RolloutRequested")
const testsOf = (events: ReadonlyArray<OnefoldEvent>) => events.filter((event) => event._tag === "EvaluationRequested")

const protocols = ["greedy", "avg@2", "train@2"]
const afterwards = [evaluated(2, "greedy"), ...protocols.map((protocol) => evaluated(steps, protocol))]
const before = protocols.map((protocol) => evaluated(0, protocol))

/** A whole run, as it lies in the log when all goes well. */
const wholeRun: ReadonlyArray<Consumed> = [
  started,
  updated(1),
  ...before,
  updated(2),
  paused(1),
  updated(3),
  resumed(2),
  updated(4),
  ...afterwards
]

describe("schedule", () => {
  it.effect("given a run that starts, then step 0 asks for every cohort of the base policy, and names its cause", () =>
    Effect.gen(function* () {
      const outputs = yield* writes([started])
      const requests = rolloutsOf(outputs)
      assert.deepStrictEqual(idsOf(requests), ["0/rollouts/0", "0/rollouts/1"])
      const { id, sha256 } = delivered(started)
      for (const request of requests) {
        assert.strictEqual(request.policyHash, baseHash)
        assert.deepStrictEqual(request.causes, [{ id, sha256 }])
      }
      assert.deepStrictEqual(
        requests.map(({ prompts }) => prompts),
        [0, 2].map((firstSample) => ["two:0", "chain:0"].map((promptId) => ({ promptId, firstSample, samples: 2 })))
      )
    })
  )

  it.effect("given a new policy, then the next step asks it and no other", () =>
    Effect.gen(function* () {
      const { state } = yield* play(schedule, [started]).pipe(Effect.provide(knowing(run)))
      const { outputs } = yield* play(schedule, [updated(1)], state).pipe(Effect.provide(knowing(run)))
      assert.deepStrictEqual(idsOf(outputs), ["1/rollouts/0", "1/rollouts/1"])
      for (const request of rolloutsOf(outputs)) assert.strictEqual(request.policyHash, policyHash(1))
    })
  )

  it.effect("given the last policy, then it is asked for no more rollouts", () =>
    Effect.gen(function* () {
      const outputs = yield* writes([started, updated(1), updated(2), updated(3), updated(4)])
      assert.deepStrictEqual(
        [...new Set(rolloutsOf(outputs).map(({ step }) => step))],
        Array.from({ length: steps }, (_, step) => step)
      )
    })
  )

  it.effect("given a whole run, then the base, every second policy and the last one sit the tests they should", () =>
    Effect.gen(function* () {
      const outputs = yield* writes([started, updated(1), updated(2), updated(3), updated(4)])
      const sittings = [...new Set(testsOf(outputs).map(({ protocol, step }) => `${step}/${protocol}`))]
      assert.deepStrictEqual(sittings, [
        "0/greedy",
        "0/avg@2",
        "0/train@2",
        "2/greedy",
        "4/greedy",
        "4/avg@2",
        "4/train@2"
      ])
      const [greedy, sampled, train] = testsOf(outputs)
      assert.deepInclude(greedy, { temperature: 0, samplesPerProblem: 1, cohorts: 1, policyHash: baseHash })
      assert.deepStrictEqual(
        greedy.problemIds,
        run.heldOut.map(({ id }) => id)
      )
      assert.deepInclude(sampled, { temperature: 0.5, samplesPerProblem: 2 })
      assert.deepStrictEqual(sampled.problemIds, greedy.problemIds)
      assert.deepStrictEqual(train.problemIds, ["two:0", "chain:0"])
    })
  )

  it.effect("given a run that has evaluated the base before, then the base is asked about the examples only", () =>
    Effect.gen(function* () {
      const { config } = run
      const baseRun = RunId.make("base")
      const of = smallRun({ evaluation: { ...config.evaluation, baseRun } })
      const outputs = yield* writes([started, updated(1), updated(2), updated(3), updated(4)], of)
      const sittings = [...new Set(testsOf(outputs).map(({ protocol, step }) => `${step}/${protocol}`))]
      assert.deepStrictEqual(sittings, ["0/train@2", "2/greedy", "4/greedy", "4/avg@2", "4/train@2"])
      const rest = [evaluated(0, "train@2"), updated(1), updated(2), updated(3), updated(4), ...afterwards]
      assert.strictEqual((yield* writes([started, ...rest], of)).at(-1)?._tag, "RunFinished")
    })
  )

  it.effect("given no steps, then the base sits its tests, no rollouts are asked for, and the run is finished", () =>
    Effect.gen(function* () {
      const outputs = yield* writes([started, ...before], smallRun({ steps: 0 }))
      assert.deepStrictEqual(
        outputs.map(({ _tag }) => _tag),
        [...testsOf(outputs).map(({ _tag }) => _tag), "RunFinished"]
      )
      assert.deepStrictEqual([...new Set(testsOf(outputs).map(({ protocol }) => protocol))], protocols)
    })
  )

  it.effect("given a last step that is no multiple of m, then its policy sits the tests all the same", () =>
    Effect.gen(function* () {
      const of = smallRun({ steps: 3 })
      const outputs = yield* writes([started, updated(1), updated(2), updated(3)], of)
      assert.sameMembers(
        testsOf(outputs)
          .filter(({ step }) => step === 3)
          .map(({ protocol }) => protocol),
        protocols
      )
    })
  )

  it.effect("given a pause, then the next step is held back, and the resume opens exactly what was held back", () =>
    Effect.gen(function* () {
      const straight = yield* writes([started, updated(1), updated(2)])
      const held = yield* writes([started, updated(1), paused(1), updated(2)])
      assert.deepStrictEqual(idsOf(held), idsOf(straight.filter((event) => !("step" in event) || event.step < 2)))
      const all = yield* writes([started, updated(1), paused(1), updated(2), resumed(2)])
      assert.deepStrictEqual(all, straight)
    })
  )

  it.effect("given a pause before anything else, then nothing opens until the resume", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* writes([paused(1), started]), [])
      assert.deepStrictEqual(yield* writes([paused(1), started, resumed(2)]), yield* writes([started]))
    })
  )

  it.effect("given a pause that holds nothing back, or a resume without a pause, then nothing opens twice", () =>
    Effect.gen(function* () {
      const straight = yield* writes([started])
      assert.deepStrictEqual(yield* writes([started, paused(1), resumed(2), resumed(3)]), straight)
      assert.deepStrictEqual(yield* writes([started, resumed(2)]), straight)
    })
  )

  it.effect("given a pause, a pause and one resume, then the run goes on", () =>
    Effect.gen(function* () {
      const outputs = yield* writes([started, paused(1), paused(2), updated(1), resumed(3)])
      assert.deepStrictEqual(outputs, yield* writes([started, updated(1)]))
    })
  )

  it.effect.each(wholeRun.map((_, cut) => cut))(
    "given a cancellation after %d events, then nothing is asked for any more, whatever comes, and the run never finishes",
    (cut) =>
      Effect.gen(function* () {
        const outputs = yield* writes([...wholeRun.slice(0, cut), cancelled, ...wholeRun.slice(cut), resumed(3)])
        assert.deepStrictEqual(outputs, yield* writes(wholeRun.slice(0, cut)))
      })
  )

  it.effect.each(wholeRun.map((_, cut) => cut))(
    "given a kill after %d events, then what is asked for before and after it is what is asked for without",
    (cut) =>
      Effect.gen(function* () {
        const outputs = yield* writes(wholeRun.slice(0, cut))
        // A new start folds the events again and decides nothing.
        const state = wholeRun
          .slice(0, cut)
          .reduce<ScheduleState>((folded, event) => schedule.evolve(folded, delivered(event)), schedule.initialState)
        const rest = yield* play(schedule, wholeRun.slice(cut), state).pipe(Effect.provide(knowing(run)))
        assert.deepStrictEqual([...outputs, ...rest.outputs], yield* writes(wholeRun))
      })
  )

  it.effect("given the last policy's tests in any order, then the run is finished once, by the last of them", () =>
    Effect.gen(function* () {
      const policies = [started, ...before, updated(1), updated(2), updated(3), updated(4)]
      for (const order of permutations(afterwards)) {
        const { state } = yield* play(schedule, [...policies, ...order.slice(0, -1)])
        const all = yield* play(schedule, [...policies, ...order])
        const finished = all.outputs.filter((event) => event._tag === "RunFinished")
        assert.lengthOf(finished, 1)
        const causes = [updated(steps), ...afterwards.slice(1)].map((event) => causeOf(delivered(event)))
        assert.deepInclude(finished[0], { steps, policyHash: policyHash(steps), causes })
        const { outputs } = yield* play(schedule, order.slice(-1), state)
        assert.deepStrictEqual(outputs, finished, "not before the last")
      }
    }).pipe(Effect.provide(knowing(run)))
  )

  it.effect("given the last policy held back by a pause, then the run is finished only after the resume", () =>
    Effect.gen(function* () {
      const policies = [started, ...before, updated(1), updated(2), evaluated(2, "greedy"), updated(3)]
      const held = yield* writes([...policies, paused(1), updated(4)])
      assert.isEmpty(held.filter(({ eventId }) => eventId.startsWith(`${runId}/4/`)))
      const outputs = yield* writes([...policies, paused(1), updated(4), resumed(2), ...afterwards.slice(1)])
      assert.deepStrictEqual(outputs, yield* writes([...policies, updated(4), ...afterwards.slice(1)]))
      assert.strictEqual(outputs.at(-1)?._tag, "RunFinished")
    })
  )

  it.effect("given nothing held out, then base and last policy are asked the examples alone, and the run ends", () =>
    Effect.gen(function* () {
      const of = { ...run, heldOut: [] }
      const policies = [started, updated(1), updated(2), updated(3), updated(4)]
      const outputs = yield* writes([...policies, evaluated(0, "train@2"), evaluated(4, "train@2")], of)
      const sittings = testsOf(outputs).map(({ protocol, step }) => `${step}/${protocol}`)
      assert.deepStrictEqual(sittings, ["0/train@2", "4/train@2"])
      assert.strictEqual(outputs.at(-1)?._tag, "RunFinished")
    })
  )

  it.effect("given another run's name, then it fails with that name", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(play(schedule, [started]).pipe(Effect.provide(knowing())))
      assert.include(failure.message, runId)
    })
  )
})

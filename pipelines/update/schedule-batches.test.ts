/** What comes next where a batch has several updates, where there is a critic, and where a base was evaluated before. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { delivered, hash, play, runId } from "../../platform/stream/events.fixture.ts"
import type { EventOf } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { CriticUpdated } from "../../schemas/critic-updated.ts"
import { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RunId } from "../../schemas/ids.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { RunPaused } from "../../schemas/run-paused.ts"
import { RunResumed } from "../../schemas/run-resumed.ts"
import { RunStarted } from "../../schemas/run-started.ts"
import { baseHash, knowing, policyHash, ppo, smallRun } from "../small-run.fixture.ts"
import { type ScheduleState, schedule } from "./schedule.ts"

type Consumed = EventOf<(typeof schedule.consumes)[number]>

const started = new RunStarted({ ...goldenEvents.RunStarted, runId, baseHash })
const updated = (step: number) =>
  new PolicyUpdated({ ...goldenEvents.PolicyUpdated, runId, step, policyHash: policyHash(step) })
const critic = (step: number) =>
  new CriticUpdated({ ...goldenEvents.CriticUpdated, runId, step, criticHash: hash("c") })
const paused = new RunPaused({ ...goldenEvents.RunPaused, runId, session: 1 })
const resumed = new RunResumed({ ...goldenEvents.RunResumed, runId, session: 2 })
const evaluated = (step: number, protocol: string) =>
  new EvaluationCompleted({ ...goldenEvents.EvaluationCompleted, runId, step, protocol, policyHash: policyHash(step) })

const protocols = ["greedy", "avg@2", "train@2"]
const tested = (step: number) => protocols.map((protocol) => evaluated(step, protocol))

const writes = (events: ReadonlyArray<Consumed>, choices: Partial<RunConfig>) =>
  Effect.map(play(schedule, events), ({ outputs }) => outputs).pipe(Effect.provide(knowing(smallRun(choices))))

/** Steps at which rollouts were asked for, and tests as `step/protocol`, each once and in order. */
const asked = (outputs: ReadonlyArray<OnefoldEvent>) => ({
  batches: [...new Set(outputs.flatMap((event) => (event._tag === "RolloutRequested" ? [event.step] : [])))],
  tests: [
    ...new Set(
      outputs.flatMap((event) => (event._tag === "EvaluationRequested" ? [`${event.step}/${event.protocol}`] : []))
    )
  ]
})

const isFinishing = (outputs: ReadonlyArray<OnefoldEvent>): boolean =>
  outputs.filter(({ _tag }) => _tag === "RunFinished").length === 1

const twice = { updatesPerBatch: 2, evaluation: { ...smallRun().config.evaluation, everySteps: 1 } }

describe("schedule of several updates a batch", () => {
  const policies = [started, updated(1), updated(2), updated(3), updated(4)]

  it.effect(
    "given two updates a batch, then every second policy is asked for rollouts, and every one sits its test",
    () =>
      Effect.gen(function* () {
        const { batches, tests } = asked(yield* writes(policies, twice))
        assert.deepStrictEqual(batches, [0, 2])
        const last = protocols.map((protocol) => `4/${protocol}`)
        assert.deepStrictEqual(tests, ["0/greedy", "0/avg@2", "0/train@2", "1/greedy", "2/greedy", "3/greedy", ...last])
      })
  )

  it.effect("given a pause while a batch is used up, then the resume asks for all that it held back, in order", () =>
    Effect.gen(function* () {
      const straight = yield* writes(policies, twice)
      for (const [from, to] of [
        [1, 2],
        [1, 3],
        [1, 5],
        [0, 5]
      ]) {
        const disturbed = [
          ...policies.slice(0, from),
          paused,
          ...policies.slice(from, to),
          resumed,
          ...policies.slice(to)
        ]
        assert.deepStrictEqual(yield* writes(disturbed, twice), straight, `from ${from} to ${to}`)
        const held = yield* writes(disturbed.slice(0, to + 1), twice)
        assert.deepStrictEqual(held, yield* writes(policies.slice(0, from), twice), "nothing before the resume")
      }
    })
  )

  it.effect("given a kill while several policies are held back, then the resume asks for them all the same", () =>
    Effect.gen(function* () {
      const before = [started, paused, updated(1), updated(2)]
      const state = before.reduce<ScheduleState>(
        (known, event) => schedule.evolve(known, delivered(event)),
        schedule.initialState
      )
      const { outputs } = yield* play(schedule, [resumed], state).pipe(Effect.provide(knowing(smallRun(twice))))
      const { batches, tests } = asked(outputs)
      assert.deepStrictEqual([batches, tests], [[2], ["1/greedy", "2/greedy"]])
    })
  )

  it.effect("given a policy's record again, then nothing is asked for again and none goes back", () =>
    Effect.gen(function* () {
      const again = [started, updated(1), updated(2), updated(1), updated(2), started]
      assert.deepStrictEqual(yield* writes(again, twice), yield* writes([started, updated(1), updated(2)], twice))
    })
  )
})

describe("schedule of what a batch draws", () => {
  it.effect(
    "given fewer examples a batch than there are, then each is asked for in its batch, and all sit the tests",
    () =>
      Effect.gen(function* () {
        const outputs = yield* writes([started, updated(1), updated(2), updated(3)], { batchPrompts: 1 })
        const drawn = [0, 1, 2, 3].map((step) => [
          ...new Set(
            outputs.flatMap((event) =>
              event._tag === "RolloutRequested" && event.step === step
                ? event.prompts.map(({ promptId }) => promptId)
                : []
            )
          )
        ])
        assert.isTrue(drawn.every((ids) => ids.length === 1))
        for (const epoch of [drawn.slice(0, 2), drawn.slice(2)])
          assert.sameMembers(epoch.flat(), ["two:0", "chain:0"], "each once an epoch")
        const train = outputs.find((event) => event._tag === "EvaluationRequested" && event.protocol === "train@2")
        assert.deepNestedPropertyVal(train, "problemIds", ["two:0", "chain:0"])
      })
  )

  it.effect("given no updates at all, then the base is evaluated and the run ends", () =>
    Effect.gen(function* () {
      const outputs = yield* writes([started, ...tested(0)], { steps: 0 })
      assert.deepStrictEqual(asked(outputs).batches, [])
      assert.isTrue(isFinishing(outputs))
    })
  )

  it.effect("given a run that has evaluated the base, then only its own examples are asked at the start", () =>
    Effect.gen(function* () {
      const evaluation = { ...smallRun().config.evaluation, baseRun: RunId.make("the-base") }
      const whole = [
        started,
        evaluated(0, "train@2"),
        ...[1, 2, 3, 4].map(updated),
        evaluated(2, "greedy"),
        ...tested(4)
      ]
      const outputs = yield* writes(whole, { evaluation })
      assert.deepStrictEqual(asked(outputs).tests, ["0/train@2", "2/greedy", "4/greedy", "4/avg@2", "4/train@2"])
      assert.isTrue(isFinishing(outputs))
    })
  )
})

describe("schedule with a critic", () => {
  const policies = [
    started,
    ...tested(0),
    updated(1),
    critic(1),
    updated(2),
    critic(2),
    evaluated(2, "greedy"),
    updated(3)
  ]

  it.effect("given the last tests before the last critic, or after it, then whichever ends the run comes last", () =>
    Effect.gen(function* () {
      const early = [...policies, critic(3), updated(4), ...tested(4)]
      assert.isFalse(isFinishing(yield* writes(early, ppo)))
      const withCritic = yield* writes([...early, critic(4)], ppo)
      assert.isTrue(isFinishing(withCritic))
      const late = yield* writes([...policies, critic(3), updated(4), critic(4), ...tested(4)], ppo)
      assert.deepStrictEqual(withCritic.at(-1), late.at(-1))
      assert.isTrue(
        isFinishing(yield* writes([...policies, updated(4), ...tested(4)], {})),
        "without one it ends before"
      )
    })
  )

  it.effect("given a policy whose critic is still to come, then its rollouts are asked for at once", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(asked(yield* writes([started, updated(1)], ppo)).batches, [0, 1])
    })
  )
})

/** What a run's configuration says of memory reaches the engine with every call; and its first policy is what it names. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Grader } from "../learning/grading/grader.ts"
import { type GenerateRequest, type GradientTask, PolicyEngine } from "../learning/policy/engine/engine.ts"
import { delivered, graded, play, runId } from "../platform/stream/events.fixture.ts"
import { EvaluationRequested } from "../schemas/evaluation-requested.ts"
import { goldenEvents } from "../schemas/golden-events.ts"
import { RolloutRequested } from "../schemas/rollout-requested.ts"
import type { RunConfig } from "../schemas/run-config.ts"
import { RunStarted } from "../schemas/run-started.ts"
import { engineWithBase } from "./engine.fixture.ts"
import { evaluate } from "./evaluate/stage.ts"
import { generate } from "./generate/stage.ts"
import { firstPolicyOf } from "./runs.ts"
import { baseHash, knowing, smallRun } from "./small-run.fixture.ts"
import { gradient } from "./update/gradient.ts"
import { group } from "./update/group.ts"
import { schedule } from "./update/schedule.ts"

const initial = "e".repeat(64)
const lora = { rank: 2, alpha: 4, targets: ["q_proj"], initial } as const

/** Everything that a step and an evaluation of a run ask of the real engine. */
const askedBy = Effect.fn("askedBy")(function* (choices: Partial<RunConfig>) {
  const run = smallRun(choices)
  const engine = yield* PolicyEngine
  const generated: Array<GenerateRequest> = []
  const taken: Array<GradientTask> = []
  const listening = Layer.succeed(PolicyEngine, {
    ...engine,
    generate: (request: GenerateRequest) => {
      generated.push(request)
      return engine.generate(request)
    },
    gradient: (task: GradientTask) => {
      taken.push(task)
      return engine.gradient(task)
    }
  })
  const named = { runId, causes: [], step: 0, cohort: 0, policyHash: baseHash }
  const prompts = run.examples.map(({ id }) => ({ promptId: id, firstSample: 0, samples: 4 }))
  const sat = { cohorts: 1, protocol: "greedy", temperature: 0, samplesPerProblem: 1, problemIds: [run.heldOut[0].id] }
  yield* Effect.gen(function* () {
    const rollouts = yield* generate.handle([delivered(new RolloutRequested({ ...named, prompts }))])
    const verdicts = rollouts.map(({ promptId, sampleIndex }, i) => graded({ promptId, sampleIndex, reward: i % 2 }))
    const { outputs } = yield* play(group, [...rollouts, ...verdicts])
    const requests = outputs.filter((event) => event._tag === "GradientRequested")
    yield* gradient.handle(requests.map(delivered))
    yield* evaluate.handle([delivered(new EvaluationRequested({ ...named, ...sat }))])
  }).pipe(Effect.provide(Layer.mergeAll(knowing(run), listening, Grader.layer)))
  assert.lengthOf(generated, 2, "a rollout cohort and a test")
  assert.lengthOf(taken, 2, "two shards")
  return { generated, taken }
})

describe("settings of memory", () => {
  layer(engineWithBase(1), { timeout: 60_000 })("over the engine", (it) => {
    it.effect("given in the configuration, then every call has them; left out, then none", () =>
      Effect.gen(function* () {
        const told = yield* askedBy({ slots: 3, microBatch: 2, recompute: true })
        for (const request of told.generated) assert.strictEqual(request.slots, 3)
        for (const task of told.taken) assert.deepInclude(task, { microBatch: 2, recompute: true })
        const silent = yield* askedBy({})
        for (const request of silent.generated) assert.notProperty(request, "slots")
        for (const task of silent.taken) assert.doesNotHaveAnyKeys(task, ["microBatch", "recompute"])
      })
    )

    it.effect("given an adapter to start from, then it is asked to answer first, and weights are the base else", () =>
      Effect.gen(function* () {
        for (const [choices, first] of [
          [{ lora }, initial],
          [{}, baseHash]
        ] as const) {
          const run = smallRun(choices)
          const config = JSON.stringify({ ...run.config })
          const started = new RunStarted({ ...goldenEvents.RunStarted, runId, baseHash, config, logStart: [] })
          assert.strictEqual(firstPolicyOf(run), first)
          const { outputs } = yield* play(schedule, [started]).pipe(Effect.provide(knowing(run)))
          assert.isNotEmpty(outputs)
          for (const event of outputs) assert.propertyVal(event, "policyHash", first)
        }
      })
    )
  })
})

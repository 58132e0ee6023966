/**
 * The learning half of the pipeline over a log in memory: recorded rollouts and verdicts go in, batch by batch, and
 * gradients and updates come out as they did, from the same stages.
 */
import { Effect, Layer, Stream } from "effect"
import type { Run } from "../../../pipelines/runs.ts"
import { apply } from "../../../pipelines/update/apply.ts"
import { applyCritic } from "../../../pipelines/update/apply-critic.ts"
import { rolloutsIn } from "../../../pipelines/update/batch.ts"
import { criticGradient } from "../../../pipelines/update/critic-gradient.ts"
import { gradient } from "../../../pipelines/update/gradient.ts"
import { group } from "../../../pipelines/update/group.ts"
import type { Difference } from "../../../pipelines/update/refold.ts"
import { score } from "../../../pipelines/update/score.ts"
import { decode } from "../../../platform/log/codec.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { type Serving, serveDecider, serveStage } from "../../../platform/stream/serve.ts"
import { type OnefoldEvent, topics } from "../../../schemas/catalogue.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { failingAs } from "../conduct.ts"
import { onlyRun } from "../embedded.ts"
import { type Compared, comparing } from "./comparing.ts"
import type { RecordedFolds } from "./recorded-folds.ts"
import { draftsOf, type RecordedBatch } from "./recorded-rollouts.ts"

const serveLearning = (run: Run) => {
  const serving: Serving = { runId: run.runId, from: [] }
  return Effect.all(
    [
      serveDecider(group, serving).pipe(failingAs(group.name)),
      serveStage(score, serving).pipe(failingAs(score.name)),
      serveStage(gradient, serving).pipe(failingAs(gradient.name)),
      serveDecider(apply, serving).pipe(failingAs(apply.name)),
      serveStage(criticGradient, serving).pipe(failingAs(criticGradient.name)),
      serveDecider(applyCritic, serving).pipe(failingAs(applyCritic.name))
    ],
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.provide(onlyRun(run)))
}

export interface LearningAgain {
  /** Begins at the step that its configuration says. */
  readonly run: Run
  readonly started: RunStarted
  readonly from: number
  readonly to: number
  readonly batches: ReadonlyMap<number, RecordedBatch>
  readonly recorded: RecordedFolds
  /** The log that was recorded. */
  readonly log: EventLog["Service"]
  readonly onStep: (step: number) => Effect.Effect<void>
}

/** What a batch lacks, where the log does not hold all of it. */
const lacking = ({ batches, run }: LearningAgain, step: number): Difference | null => {
  const { rollouts, verdicts } = batches.get(step) ?? { rollouts: 0, verdicts: 0 }
  const expected = rolloutsIn(run)
  if (rollouts === expected && verdicts === expected) return null
  const detail = `the log holds ${rollouts} rollouts and ${verdicts} verdicts of ${expected}`
  return { step: step + 1, shard: null, what: "batch", detail }
}

/** Puts one recorded batch into the memory's log. */
const feed = Effect.fn("learningAgain.feed")(function* (again: LearningAgain, step: number) {
  const { batches, log, started } = again
  const batch = batches.get(step)
  const missing = lacking(again, step)
  if (batch === undefined || missing !== null) return missing
  const drafts = yield* draftsOf(started, step, batch).pipe(Effect.provideService(EventLog, log))
  yield* (yield* EventLog).append(drafts)
  return null
})

const zeros = (topic: string) =>
  Effect.map(
    Effect.flatMap(EventLog, (log) => log.endOffsets(topic)),
    (ends) => ends.map((_, partition) => ({ topic, partition, offset: 0 }))
  )

/** Every update and gradient as it comes, until something says stop. */
const following = <E, R>(handle: (event: OnefoldEvent) => Effect.Effect<boolean, E, R>) =>
  Effect.gen(function* () {
    const followed = ["runs", "gradients.computed"]
    const from = (yield* Effect.forEach(followed, zeros)).flat()
    yield* (yield* EventLog).tail(followed, from).pipe(
      Stream.mapEffect(({ value }) => Effect.flatMap(decode(value), handle)),
      Stream.takeUntil((isDone) => isDone),
      Stream.runDrain
    )
  }).pipe(Effect.scoped)

const compute = Effect.fn("learningAgain.compute")(function* (again: LearningAgain) {
  const { from, onStep, recorded, run, to } = again
  const { updatesPerBatch } = run.config
  yield* (yield* EventLog).createTopics(topics)
  const compared = comparing(recorded, run.config.critic !== undefined, again)
  let fed = from
  const next = Effect.gen(function* () {
    const missing = yield* feed(again, fed)
    fed += updatesPerBatch
    return missing === null ? false : compared.stop(missing)
  })
  const handle = (event: OnefoldEvent) =>
    Effect.gen(function* () {
      const before = compared.reached
      compared.take(event)
      if (compared.isStopped) return true
      for (let step = before + 1; step <= compared.reached; step++) yield* onStep(step)
      if (compared.reached >= to) return true
      return compared.reached >= fed ? yield* next : false
    })
  if (to > from && !(yield* next))
    yield* Effect.raceFirst(Effect.andThen(serveLearning(run), Effect.never), following(handle))
  const result: Compared = compared
  return result
})

/** Computes the steps of one generation again. Fails with StageFailed where a stage cannot go on. */
export const learnAgain = (again: LearningAgain) => compute(again).pipe(Effect.provide(Layer.fresh(layerMemory)))

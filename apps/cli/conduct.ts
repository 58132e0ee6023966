/**
 * Conducts one run in this process: every stage's loop side by side over one log, until the run is finished, held back
 * by a pause, or failed.
 */
import { Effect, Schema, Stream } from "effect"
import { complete } from "../../pipelines/evaluate/complete.ts"
import { evaluate } from "../../pipelines/evaluate/stage.ts"
import { generate } from "../../pipelines/generate/stage.ts"
import type { Run } from "../../pipelines/runs.ts"
import { apply } from "../../pipelines/update/apply.ts"
import { applyCritic } from "../../pipelines/update/apply-critic.ts"
import { criticGradient } from "../../pipelines/update/critic-gradient.ts"
import { gradient } from "../../pipelines/update/gradient.ts"
import { group } from "../../pipelines/update/group.ts"
import { schedule } from "../../pipelines/update/schedule.ts"
import { score } from "../../pipelines/update/score.ts"
import { needsScores } from "../../pipelines/update/training-batch.ts"
import { verify } from "../../pipelines/verify/stage.ts"
import { runOf } from "../../platform/log/codec.ts"
import { EventLog, type Position } from "../../platform/log/event-log.ts"
import { draftOf } from "../../platform/stream/deliver.ts"
import { groupOf, type Serving, serveDecider, serveStage, topicsOf } from "../../platform/stream/serve.ts"
import type { Tag } from "../../platform/stream/stage.ts"
import { type OnefoldEvent, topics } from "../../schemas/catalogue.ts"
import type { RunId } from "../../schemas/ids.ts"
import { eventOf } from "./record.ts"

/** Every stage of the pipeline, with what it consumes: who must have a place in the log before a run starts. */
const stages: ReadonlyArray<{ readonly name: string; readonly consumes: ReadonlyArray<Tag> }> = [
  schedule,
  generate,
  verify,
  group,
  score,
  gradient,
  apply,
  criticGradient,
  applyCritic,
  evaluate,
  complete
]

/** Where the log ends now: no event of a run that starts now lies before these offsets. */
export const logEnds = Effect.gen(function* () {
  const log = yield* EventLog
  const ends: Array<Position> = []
  for (const { name: topic } of topics)
    for (const [partition, offset] of (yield* log.endOffsets(topic)).entries()) ends.push({ topic, partition, offset })
  return ends
})

/** Gives every stage's group of this run its place, so that none of them reads what lies before the run. */
export const takePlaces = Effect.fn("conduct.takePlaces")(function* (serving: Serving) {
  const log = yield* EventLog
  for (const { consumes, name } of stages) {
    const wanted = new Set(topicsOf(consumes))
    yield* log.commit(
      groupOf(name, serving),
      serving.from.filter(({ topic }) => wanted.has(topic))
    )
  }
})

/** Appends events from outside the stages: a run that starts, pauses, goes on or fails. */
export const publish = (...events: ReadonlyArray<OnefoldEvent>) =>
  Effect.flatMap(EventLog, (log) => log.append(events.map(draftOf)))

/** This run's own story, live and in order from its start, each id once: started, policies, evaluations, pauses, finished. */
export const story = (runId: RunId, from: ReadonlyArray<Position>) =>
  Stream.unwrap(
    Effect.map(EventLog, (log) => {
      const seen = new Set<string>()
      return log
        .tail(
          ["runs"],
          from.filter(({ topic }) => topic === "runs")
        )
        .pipe(
          // Of other runs side by side only the heads are read; what names no run is nobody's.
          Stream.filter(({ value }) => runOf(value) === runId),
          Stream.mapEffect((record) => Effect.map(eventOf(record), (event) => ({ event, at: record.timestamp }))),
          Stream.filter(({ event }) => event.runId === runId && seen.size < seen.add(event.eventId).size)
        )
    })
  )

/** A stage stopped, so the run cannot go on. What was recorded stays; `onefold resume` goes on from there. */
export class StageFailed extends Schema.TaggedError<StageFailed>()("StageFailed", {
  stage: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    const detail = this.cause instanceof Error ? this.cause.message : String(this.cause)
    return `stage ${this.stage} stopped: ${detail}`
  }
}

/** Whatever a stage fails with, by its name. */
export const failingAs = (stage: string) => Effect.mapError((cause: unknown) => new StageFailed({ stage, cause }))

/** Runs every stage that the run needs until one fails; interrupt it to stop. */
export const serveAll = ({ config }: Run, serving: Serving) => {
  const scoring = [serveStage(score, serving).pipe(failingAs(score.name))]
  const learningValues = [
    serveStage(criticGradient, serving).pipe(failingAs(criticGradient.name)),
    serveDecider(applyCritic, serving).pipe(failingAs(applyCritic.name))
  ]
  return Effect.all(
    [
      serveDecider(schedule, serving).pipe(failingAs(schedule.name)),
      serveStage(generate, serving).pipe(failingAs(generate.name)),
      serveStage(verify, serving).pipe(failingAs(verify.name)),
      serveDecider(group, serving).pipe(failingAs(group.name)),
      ...(needsScores(config) ? scoring : []),
      serveStage(gradient, serving).pipe(failingAs(gradient.name)),
      serveDecider(apply, serving).pipe(failingAs(apply.name)),
      ...(config.critic === undefined ? [] : learningValues),
      serveStage(evaluate, serving).pipe(failingAs(evaluate.name)),
      serveDecider(complete, serving).pipe(failingAs(complete.name))
    ],
    { concurrency: "unbounded", discard: true }
  )
}

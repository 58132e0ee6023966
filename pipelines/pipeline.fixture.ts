/**
 * Every stage of the pipeline side by side over one log, as a process of Onefold serves them.
 */
import { createHash } from "node:crypto"
import { Effect, Layer, Stream } from "effect"
import { type Grade, Grader } from "../learning/grading/grader.ts"
import { PolicyFold } from "../learning/objective/fold-service.ts"
import { Rewards } from "../learning/rewards/rewards.ts"
import { decode, payloadHash } from "../platform/log/codec.ts"
import { EventLog } from "../platform/log/event-log.ts"
import { type Serving, serveDecider, serveStage } from "../platform/stream/serve.ts"
import { type OnefoldEvent, topics } from "../schemas/catalogue.ts"
import { complete } from "./evaluate/complete.ts"
import { evaluate } from "./evaluate/stage.ts"
import { generate } from "./generate/stage.ts"
import type { Run } from "./runs.ts"
import { knowing } from "./small-run.fixture.ts"
import { apply } from "./update/apply.ts"
import { gradient } from "./update/gradient.ts"
import { group } from "./update/group.ts"
import { PolicyChain } from "./update/policy-chain.ts"
import { schedule } from "./update/schedule.ts"
import { verify } from "./verify/stage.ts"

/** A policy of random weights is never right, and would have nothing to learn: here every other text is, by its hash. */
const byHash = Layer.succeed(Grader, {
  grade: (batch) =>
    Effect.sync(() =>
      batch.map(({ text }): Grade => {
        const [byte] = createHash("sha256").update(text).digest()
        const verdict = byte < 16 ? "unknown" : byte < 136 ? "correct" : "incorrect"
        return { extracted: text, verdict, rule: "by its hash" }
      })
    )
})

/** The fold's thread. Chains come and go over it, and each opens its policy anew. */
export const foldThread = PolicyFold.layer

/** Serves a run's stages until one fails or they are interrupted; what they hold in mind begins with the call. */
export const serveAll = (run: Run) => {
  const serving: Serving = { runId: run.runId, from: [] }
  return Effect.all(
    [
      serveDecider(schedule, serving),
      serveStage(generate, serving),
      serveStage(verify, serving),
      serveDecider(group, serving),
      serveStage(gradient, serving),
      serveDecider(apply, serving),
      serveStage(evaluate, serving),
      serveDecider(complete, serving)
    ],
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.provide(Layer.mergeAll(knowing(run), byHash, Rewards.layer, Layer.fresh(PolicyChain.layer))))
}

/** Waits for an event in the run's own story, from the log's beginning on. */
export const waitFor = (tag: OnefoldEvent["_tag"]) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const from = (yield* log.endOffsets("runs")).map((_, partition) => ({ topic: "runs", partition, offset: 0 }))
    const events = log.tail(["runs"], from).pipe(
      Stream.mapEffect((record) => decode(record.value)),
      Stream.filter((event) => event._tag === tag),
      Stream.take(1)
    )
    return (yield* Stream.runCollect(events))[0]
  }).pipe(Effect.scoped)

/** Serves a run until an event of this kind lies in its story. */
export const serveUntilWritten = (run: Run, tag: OnefoldEvent["_tag"]) =>
  Effect.raceFirst(Effect.andThen(serveAll(run), Effect.never), waitFor(tag))

export interface Written {
  readonly id: string
  readonly place: string
  /** SHA-256 of the record's value. */
  readonly sha256: string
}

/** All that a log holds, record by record. */
export const contentOf = Effect.gen(function* () {
  const log = yield* EventLog
  const written: Array<Written> = []
  for (const { name, partitions } of topics)
    for (let partition = 0; partition < partitions; partition++)
      yield* Stream.runForEach(log.read(name, partition, 0), (record) =>
        Effect.map(decode(record.value), ({ eventId }) => {
          written.push({ id: eventId, place: `${name}/${partition}`, sha256: payloadHash(record.value) })
        })
      )
  return written
})

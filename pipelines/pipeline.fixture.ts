/**
 * Every stage of the pipeline side by side over one log, as a process of Onefold serves them.
 */
import { createHash } from "node:crypto"
import { Deferred, Effect, Layer, Stream } from "effect"
import { type Grade, Grader } from "../learning/grading/grader.ts"
import { PolicyFold } from "../learning/objective/fold-service.ts"
import { sequence } from "../learning/random/sequence.ts"
import { Rewards } from "../learning/rewards/rewards.ts"
import { decode, payloadHash } from "../platform/log/codec.ts"
import { EventLog } from "../platform/log/event-log.ts"
import { layerMemory } from "../platform/log/memory.ts"
import { withCut } from "../platform/stream/cut.fixture.ts"
import { append, emptyLog } from "../platform/stream/log.fixture.ts"
import { type Serving, serveDecider, serveStage } from "../platform/stream/serve.ts"
import { type OnefoldEvent, topics } from "../schemas/catalogue.ts"
import { goldenEvents } from "../schemas/golden-events.ts"
import { RunStarted } from "../schemas/run-started.ts"
import { complete } from "./evaluate/complete.ts"
import { evaluate } from "./evaluate/stage.ts"
import { generate } from "./generate/stage.ts"
import type { Run } from "./runs.ts"
import { knowing } from "./small-run.fixture.ts"
import { apply } from "./update/apply.ts"
import { applyCritic } from "./update/apply-critic.ts"
import { criticGradient } from "./update/critic-gradient.ts"
import { FoldChain } from "./update/fold-chain.ts"
import { gradient } from "./update/gradient.ts"
import { group } from "./update/group.ts"
import { schedule } from "./update/schedule.ts"
import { score } from "./update/score.ts"
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
      serveStage(score, serving),
      serveStage(gradient, serving),
      serveDecider(apply, serving),
      serveStage(criticGradient, serving),
      serveDecider(applyCritic, serving),
      serveStage(evaluate, serving),
      serveDecider(complete, serving)
    ],
    { concurrency: "unbounded", discard: true }
  ).pipe(Effect.provide(Layer.mergeAll(knowing(run), byHash, Rewards.layer, Layer.fresh(FoldChain.layer))))
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

/** The first record of each id: what every reader sees. */
export const visible = (written: ReadonlyArray<Written>): ReadonlyMap<string, Written> => {
  const first = new Map<string, Written>()
  for (const record of written) if (!first.has(record.id)) first.set(record.id, record)
  return new Map([...first].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const startOf = ({ baseHash, config, runId }: Run): RunStarted =>
  new RunStarted({
    ...goldenEvents.RunStarted,
    ...{ runId, baseHash, config: JSON.stringify({ ...config }), logStart: [] }
  })

/** Serves the whole run on a log of its own and returns what that holds. */
export const servedAnew = (run: Run) =>
  Effect.gen(function* () {
    yield* emptyLog
    yield* append([startOf(run)])
    yield* serveUntilWritten(run, "RunFinished")
    return yield* contentOf
  }).pipe(Effect.provide(Layer.fresh(layerMemory)))

/** Serves until a batch drawn by chance is lost, again and again, until the run is finished; returns how often. */
export const killedAgainAndAgain = Effect.fn("killedAgainAndAgain")(function* (run: Run, seed: number) {
  const random = sequence(seed, 0)
  for (let starts = 1; ; starts++) {
    const cut = { at: random.between(1, 90), othersGoOn: random.below(2) === 0 }
    const ended = yield* withCut(cut, (reached) =>
      Effect.raceFirst(
        Effect.andThen(serveAll(run), Effect.never),
        Effect.raceFirst(Effect.as(Deferred.await(reached), false), Effect.as(waitFor("RunFinished"), true))
      )
    )
    if (ended) return starts
  }
})

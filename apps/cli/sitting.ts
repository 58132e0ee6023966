/**
 * One sitting of a run: the process conducts it until it is finished, asked to stop, or failed — and tells of it.
 */
import { Clock, Deferred, Effect, Fiber, Stream } from "effect"
import { RewardUnknown } from "../../pipelines/reward-unknown.ts"
import type { Run } from "../../pipelines/runs.ts"
import { History } from "../../platform/history/history.ts"
import { serveLive } from "../../platform/history/live.ts"
import { runOf as recordedRunOf } from "../../platform/log/codec.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import type { Serving } from "../../platform/stream/serve.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { RunFailed } from "../../schemas/run-failed.ts"
import { RunPaused } from "../../schemas/run-paused.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { publish, StageFailed, serveAll, story } from "./conduct.ts"
import type { DataFolder } from "./data-folder.ts"
import { onlyRun } from "./embedded.ts"
import { eventOf } from "./record.ts"
import { answersTopic } from "./recorded-answers.ts"
import type { Reporter } from "./reporter.ts"
import { retaining } from "./retention/retain.ts"
import { Stopping } from "./stopping.ts"
import { planFrom } from "./verification/plan-of-run.ts"
import { refusingBy } from "./verification/refusing.ts"
import { vocabularyOf } from "./vocabulary.ts"

export type Ending = "finished" | "paused" | "cancelled"

export interface Sitting {
  readonly run: Run
  readonly started: RunStarted
  readonly folder: DataFolder
  /** 1 for the first. */
  readonly session: number
  /** Updates recorded before this sitting. */
  readonly step: number
  readonly reporter: Reporter
  /** Whether this sitting answers questions to the history from outside; among several, who began them does. */
  readonly alone: boolean
}

/** Follows the run's story and says how it ended: finished, or held back by a pause once the step in hand is done. */
const watch = Effect.fn("sitting.watch")(function* (
  { reporter, run, session, started }: Sitting,
  ended: Deferred.Deferred<Ending>,
  at: { step: number }
) {
  const { steps } = run.config
  const begun = yield* Clock.currentTimeMillis
  /** The policy that a pause waits for; null while nobody asked for one. After the last only tests are left: it waits no more. */
  let until: number | null = null
  const tell = (event: OnefoldEvent, atMillis: number) =>
    Effect.gen(function* () {
      if (event._tag === "PolicyUpdated") at.step = Math.max(at.step, event.step)
      if (event._tag === "RunPaused" && event.session === session) until = Math.min(event.step + 1, steps)
      // What an earlier sitting recorded is read again, but it is no news.
      if (atMillis >= begun) yield* reporter.event(event, steps, atMillis)
      if (event._tag === "RunFinished") yield* Deferred.succeed(ended, "finished")
      if (event._tag === "RunCancelled") yield* Deferred.succeed(ended, "cancelled")
      if (until !== null && at.step >= until) yield* Deferred.succeed(ended, "paused")
    })
  return yield* Stream.runForEach(story(run.runId, started.logStart), ({ at: millis, event }) => tell(event, millis))
})

/** Counts answers to tests as they come, where somebody wants to know. */
const countAnswers = Effect.fn("sitting.countAnswers")(function* ({ reporter, run, started }: Sitting) {
  const { answered } = reporter
  if (answered === undefined) return yield* Effect.never
  const begun = yield* Clock.currentTimeMillis
  const log = yield* EventLog
  const start = started.logStart.filter(({ topic }) => topic === answersTopic)
  return yield* Stream.runForEachArray(log.tail([answersTopic], start), (records) =>
    Effect.gen(function* () {
      const tests: Array<string> = []
      for (const record of records.filter(({ value }) => recordedRunOf(value) === run.runId)) {
        const event = yield* eventOf(record)
        if (event._tag === "EvaluationSampled") tests.push(event.protocol)
      }
      const before = (records.at(-1)?.timestamp ?? 0) < begun
      if (tests.length > 0) yield* answered(tests, before, yield* Clock.currentTimeMillis)
    })
  )
})

/** Ctrl-C: the run is paused after the step in hand. */
const pauseOnRequest = Effect.fn("sitting.pauseOnRequest")(function* (
  { reporter, run, session }: Sitting,
  at: { readonly step: number }
) {
  yield* (yield* Stopping).requested
  yield* reporter.stopping(at.step, run.config.steps, yield* Clock.currentTimeMillis)
  yield* publish(
    new RunPaused({ runId: run.runId, step: at.step, causes: [], session, reason: "asked to stop by a signal" })
  )
})

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What would help: where the rewards themselves are at fault, the same would come of going on. */
const nextOf = (runId: string, error: unknown): string =>
  error instanceof StageFailed && error.cause instanceof RewardUnknown
    ? "onefold run with the reward mended, or with --unknown-reward zero or drop-group"
    : `onefold resume ${runId}`

/** Leaves word in the log that a sitting failed; a log that cannot be written must not hide why. */
const leaveWord = ({ run, session }: Sitting, at: { readonly step: number }, error: unknown) =>
  publish(
    new RunFailed({
      runId: run.runId,
      step: at.step,
      causes: [],
      session,
      reason: error instanceof Error ? error.name : "unknown",
      detail: messageOf(error),
      next: nextOf(run.runId, error)
    })
  ).pipe(Effect.catch((second) => Effect.logWarning(second.message)))

/** Conducts the run until it ends one way or the other; its history is complete when this returns. */
export const sit = Effect.fn("sitting.sit")(function* (sitting: Sitting) {
  const { alone, folder, reporter, run, started, step } = sitting
  const from = started.logStart
  const refusing = refusingBy(planFrom(started, run))
  const serving: Serving = { runId: run.runId, from, refusing }
  const at = { step }
  const ended = yield* Deferred.make<Ending>()
  const history = yield* History
  const vocabulary = vocabularyOf(run.tokenizer)
  return yield* Effect.gen(function* () {
    const following = yield* history.follow({ runId: run.runId, from, vocabulary, refusing })
    if (alone) yield* serveLive(folder.root)
    yield* reporter.begins(run.runId, step, run.config.steps, yield* Clock.currentTimeMillis)
    const { along, end } = yield* retaining({ run, from })
    const stages = yield* Effect.forkScoped(serveAll(run, serving).pipe(Effect.provide(onlyRun(run))))
    const watching = yield* Effect.forkScoped(watch(sitting, ended, at))
    const counting = yield* Effect.forkScoped(countAnswers(sitting))
    const pausing = yield* Effect.forkScoped(pauseOnRequest(sitting, at).pipe(Effect.andThen(Effect.never)))
    yield* Effect.forkScoped(along)
    const ending = yield* Effect.raceFirst(
      Deferred.await(ended),
      Effect.raceAllFirst([Fiber.join(stages), Fiber.join(watching), Fiber.join(counting), Fiber.join(pausing)]).pipe(
        Effect.andThen(Effect.never)
      )
    )
    yield* Fiber.interrupt(stages)
    yield* following.drain
    yield* end
    return ending
  }).pipe(
    Effect.scoped,
    Effect.tapError((error) => leaveWord(sitting, at, error))
  )
})

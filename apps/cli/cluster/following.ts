/**
 * How a run goes that workers conduct: its story from the log, told as it comes, until it is over or waits for somebody.
 */
import { Deferred, Effect, Schema, Stream } from "effect"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { story } from "../conduct.ts"
import type { Reporter } from "../reporter.ts"
import type { Ending } from "../sitting.ts"

/** A run failed while somebody watched. */
export class RunWaits extends Schema.TaggedError<RunWaits>()("RunWaits", {
  runId: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId} waits: ${this.detail}. ${this.next}`
  }
}

/**
 * Follows a run to its end. Fails with RunWaits where it cannot go on by itself.
 *
 * @param session the one it is in: what ended those before it is told again by the log, and is past
 */
export const following = Effect.fn("following")(function* (
  started: RunStarted,
  steps: number,
  reporter: Reporter,
  session = 1
) {
  const { logStart, runId } = started
  const ended = yield* Deferred.make<Ending, RunWaits>()
  const watching = Stream.runForEach(story(runId, logStart), ({ at, event }) =>
    Effect.gen(function* () {
      yield* reporter.event(event, steps, at)
      if (event._tag === "RunFinished") yield* Deferred.succeed(ended, "finished")
      if (event._tag === "RunCancelled") yield* Deferred.succeed(ended, "cancelled")
      if ((event._tag === "RunPaused" || event._tag === "RunFailed") && event.session < session) return
      if (event._tag === "RunPaused") yield* Deferred.succeed(ended, "paused")
      if (event._tag === "RunFailed")
        yield* Deferred.fail(ended, new RunWaits({ runId, detail: event.detail, next: event.next }))
    })
  )
  return yield* Effect.raceFirst(Deferred.await(ended), Effect.andThen(watching, Effect.never))
}, Effect.scoped)

/**
 * Ctrl-C: the first asks a run to finish its step, the second stops at once. Whatever else runs is stopped by the first.
 */
import { Context, Deferred, Effect, Layer } from "effect"

export class Stopping extends Context.Service<
  Stopping,
  {
    /** From here on the first signal is a request; ends when somebody sends it. */
    readonly requested: Effect.Effect<void>
    /** Ends the process at once and in good order, whatever a thread is in the midst of. */
    readonly leave: Effect.Effect<void>
  }
>()("onefold/apps/cli/Stopping") {}

/** A terminal sends Ctrl-C to every process before it, and npm and onefold.mjs pass on what they got: that is one signal. */
const sameWithinMillis = 200

/**
 * Says what a signal does: a request while something listens for it, else (or the second time) `stopNow`.
 *
 * @param now milliseconds of a clock that never goes back
 */
export const stoppingLayer = (
  stopNow: (exitCode: number) => void,
  now = () => performance.now()
): Layer.Layer<Stopping> =>
  Layer.effect(
    Stopping,
    Effect.gen(function* () {
      const request = yield* Deferred.make<void>()
      const state = { listening: false, asked: false, last: Number.NEGATIVE_INFINITY }
      const onSignal = (): void => {
        const at = now()
        if (at - state.last < sameWithinMillis) return
        state.last = at
        if (state.listening && !state.asked) {
          state.asked = true
          Effect.runFork(Deferred.succeed(request, undefined))
        } else stopNow(130)
      }
      const signals = ["SIGINT", "SIGTERM"] as const
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          for (const signal of signals) process.on(signal, onSignal)
        }),
        () =>
          Effect.sync(() => {
            for (const signal of signals) process.off(signal, onSignal)
          })
      )
      const requested = Effect.sync(() => {
        state.listening = true
      }).pipe(Effect.andThen(Deferred.await(request)))
      return Stopping.of({ requested, leave: Effect.sync(() => stopNow(0)) })
    })
  )

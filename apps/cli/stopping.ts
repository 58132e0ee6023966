/**
 * Ctrl-C: the first asks a run to finish its step, the second stops at once. Whatever else runs is stopped by the first.
 */
import { Context, Deferred, Effect, Layer } from "effect"

export class Stopping extends Context.Service<
  Stopping,
  {
    /** From here on the first signal is a request; ends when somebody sends it. */
    readonly requested: Effect.Effect<void>
  }
>()("onefold/apps/cli/Stopping") {}

/** Says what a signal does: a request while something listens for it, else (or the second time) `stopNow`. */
export const stoppingLayer = (stopNow: () => void): Layer.Layer<Stopping> =>
  Layer.effect(
    Stopping,
    Effect.gen(function* () {
      const request = yield* Deferred.make<void>()
      const state = { listening: false, asked: false }
      const onSignal = (): void => {
        if (state.listening && !state.asked) {
          state.asked = true
          Effect.runFork(Deferred.succeed(request, undefined))
        } else stopNow()
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
      return Stopping.of({ requested })
    })
  )

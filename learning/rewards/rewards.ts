/**
 * Rewards: what did this answer earn?
 *
 * A reward that throws, hangs, takes all memory or returns no number is unknown for that answer, with why; it costs
 * nothing but that answer. What training makes of an unknown reward is the run's named policy.
 */
import { Context, Effect, Layer, Scope, Semaphore } from "effect"
import type { Earned } from "./earned.ts"
import { type OpenReward, openBuiltIn, openFile } from "./open-reward.ts"
import { resolveParameters } from "./parameters.ts"
import { builtIn } from "./registry.ts"
import type { ParameterValues, RewardInput } from "./reward.ts"
import {
  type RewardFileChanged,
  type RewardFileUnusable,
  type RewardParameterRefused,
  UnknownReward
} from "./reward-errors.ts"
import { rereadRewardFile } from "./reward-file.ts"

/** The part of a run's configuration that says what is earned. */
export interface RewardSettings {
  readonly reward: string
  readonly rewardParameters?: ParameterValues
  readonly rewardFile?: { readonly path: string; readonly sha256: string }
}

/** An answer of a run; the run's parameters are added to it. */
export type Answered = Omit<RewardInput, "parameters">

/** The reward of one run. */
export interface RunReward {
  /** name@version */
  readonly title: string
  /** What each answer earned, in their order. */
  readonly earn: (batch: ReadonlyArray<Answered>) => Effect.Effect<ReadonlyArray<Earned>, RewardFileUnusable>
}

export type RewardRefused = UnknownReward | RewardFileUnusable | RewardFileChanged | RewardParameterRefused

/** The reward that settings name. A file is read again and its thread started, which ends with the scope. */
const openOf = Effect.fn("rewards.open")(function* ({ reward, rewardFile }: RewardSettings) {
  if (rewardFile !== undefined) return yield* Effect.flatMap(rereadRewardFile(rewardFile), openFile)
  const known = builtIn(reward)
  if (known === undefined) return yield* new UnknownReward({ name: reward, suggestion: "" })
  return openBuiltIn(known)
})

/** Whether everything that settings name is there and as it was; what is not, fails. */
export const checkReward: (settings: RewardSettings) => Effect.Effect<void, RewardRefused> = Effect.fn("rewards.check")(
  function* (settings) {
    const { name, parameters } = yield* openOf(settings)
    if (name !== settings.reward) return yield* new UnknownReward({ name: settings.reward, suggestion: name })
    yield* resolveParameters({ name, parameters }, settings.rewardParameters ?? {})
  },
  Effect.scoped
)

export class Rewards extends Context.Service<
  Rewards,
  {
    readonly of: (settings: RewardSettings) => Effect.Effect<RunReward, RewardRefused>
  }
>()("onefold/learning/rewards/Rewards") {
  /** A file's thread is started when it is first asked for, and lives as long as the layer. */
  static readonly layer: Layer.Layer<Rewards> = Layer.effect(
    Rewards,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const oneAtATime = yield* Semaphore.make(1)
      const opened = new Map<string, OpenReward>()

      const open = Effect.fn("Rewards.open")(function* (settings: RewardSettings) {
        const key = settings.rewardFile === undefined ? settings.reward : `file ${settings.rewardFile.sha256}`
        const before = opened.get(key)
        if (before !== undefined) return before
        const reward = yield* Effect.provideService(openOf(settings), Scope.Scope, scope)
        opened.set(key, reward)
        return reward
      }, oneAtATime.withPermits(1))

      return {
        of: Effect.fn("Rewards.of")(function* (settings: RewardSettings) {
          const reward = yield* open(settings)
          const parameters = yield* resolveParameters(reward, settings.rewardParameters ?? {})
          return {
            title: reward.title,
            earn: (batch) => reward.earn(batch.map((answered) => ({ ...answered, parameters })))
          }
        })
      }
    })
  )
}

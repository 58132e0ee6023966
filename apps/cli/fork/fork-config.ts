/**
 * The configuration of a fork: its parent's, with what was set otherwise. What the past was made with stays as it is.
 */
import { Effect, Schema } from "effect"
import { warmUpUpdates } from "../../../pipelines/update/foldings.ts"
import { type Fork, RunConfig } from "../../../schemas/run-config.ts"
import { SettingsContradictory } from "../presets.ts"
import { choiceOver, resolveReward } from "../reward.ts"
import { layered, SettingRefused, type Settings, settingsOf } from "../settings.ts"

/** Settings that the past was made with, and why they stay. */
const fixed: ReadonlyArray<readonly [pattern: RegExp, reason: string]> = [
  [/^lora\b/, "what is trained was chosen when the first run began"],
  [
    /^evaluation\.(?!everySteps$)/,
    "the base sat the tests of the run that is forked, and others could not be compared with them"
  ],
  [/^fork\b/, "--at says where the fork leaves"]
]

const refuseFixed = Effect.fn("forkConfig.refuseFixed")(function* (typed: ReadonlyArray<string>) {
  for (const each of typed) {
    const [key, ...value] = each.split("=")
    const found = fixed.find(([pattern]) => pattern.test(key))
    if (found !== undefined)
      return yield* new SettingRefused({
        key,
        value: value.join("="),
        reason: `a fork cannot change it: ${found[1]}; start a new run for that`
      })
  }
})

/** Prompts as they were before a reward chose labels for them. */
const unlabelled = ({ prompts }: RunConfig) =>
  prompts.map(({ trueAnswer, ...prompt }) => ({ ...prompt, answer: trueAnswer ?? prompt.answer }))

/** What another reward makes of the configuration: itself, its parameters, and the answers that earn it. */
const rewardOf = Effect.fn("forkConfig.reward")(function* (parent: RunConfig, set: Settings) {
  if (set.reward === undefined && set.rewardParameters === undefined) return set
  const before = { reward: parent.rewardFile?.path ?? parent.reward, parameters: parent.rewardParameters ?? {} }
  const { choice, rest } = choiceOver(before, set)
  const [first, ...others] = unlabelled(parent)
  const seed = typeof set.seed === "number" ? set.seed : parent.seed
  const { prompts, settings } = yield* resolveReward(choice, [first, ...others], seed)
  return { ...rest, rewardParameters: null, rewardFile: null, ...settings, prompts }
})

const plain = Schema.encodeSync(RunConfig)

const contradicts = (detail: string) => new SettingsContradictory({ detail })

/** Fails with SettingRefused or SettingsContradictory, before anything is written. */
export const forkConfig = Effect.fn("forkConfig")(function* (
  parent: RunConfig,
  fork: Fork,
  changes: { readonly set: ReadonlyArray<string>; readonly steps: number | null }
) {
  const { set, steps } = changes
  yield* refuseFixed(set)
  const asked = yield* rewardOf(parent, yield* settingsOf(set))
  const settings = layered(layered(plain(parent), asked), { ...(steps === null ? {} : { steps }), fork })
  const config = yield* Effect.mapError(Schema.decodeUnknownEffect(RunConfig)(settings), ({ message }) =>
    contradicts(message)
  )
  if (warmUpUpdates(config) !== warmUpUpdates(parent))
    return yield* contradicts(
      "critic.warmUpBatches × updatesPerBatch is not the parent's, so the policy would have begun to learn at another step; leave both as they are"
    )
  return config
})

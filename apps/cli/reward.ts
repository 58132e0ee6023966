/**
 * Which reward a run pays, with which parameters, and which answers earn it: settled and checked before anything starts.
 */
import { resolve } from "node:path"
import { Array as Arr, Effect } from "effect"
import { nearest } from "../../learning/nearest.ts"
import type { Prompt } from "../../learning/rewards/labelled.ts"
import { openBuiltIn, openFile } from "../../learning/rewards/open-reward.ts"
import { resolveParameters } from "../../learning/rewards/parameters.ts"
import { builtIn, rewardNames } from "../../learning/rewards/registry.ts"
import type { ParameterValues } from "../../learning/rewards/reward.ts"
import { UnknownReward } from "../../learning/rewards/reward-errors.ts"
import { looksLikeRewardFile, type RewardSource, readRewardFile } from "../../learning/rewards/reward-file.ts"
import type { RewardSettings } from "../../learning/rewards/rewards.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import type { RewardFlags } from "./reward-flags.ts"
import { isSettings, layered, type Settings } from "./settings.ts"

/** A reward by name or file, with the parameters that were given. */
export interface RewardChoice {
  readonly reward: string
  readonly parameters: ParameterValues
}

/** `key=value`, the key's last value winning. */
const parametersOf = Effect.fn("reward.parametersOf")(function* (settings: ReadonlyArray<string>) {
  const parameters: Record<string, string> = {}
  for (const setting of settings) {
    const at = setting.indexOf("=")
    if (at < 1)
      return yield* new OptionsConflict({ reason: `--reward-set ${setting}: write it as key=value, as in share=0.5` })
    parameters[setting.slice(0, at)] = setting.slice(at + 1)
  }
  return parameters
})

/**
 * What the flags ask for over what a preset or a recipe says; `--label` is short for wrong-label with that label.
 * Parameters are kept only while the reward stays the same one.
 */
export const choiceOf = Effect.fn("reward.choiceOf")(function* (
  { label, reward, rewardSet }: RewardFlags,
  before: RewardChoice
) {
  const set = yield* parametersOf(rewardSet)
  if (label !== null && reward !== null && reward !== "wrong-label")
    return yield* new OptionsConflict({
      reason: `--label goes with the reward wrong-label, not with ${reward}; leave one of them out`
    })
  const name = label === null ? (reward ?? before.reward) : "wrong-label"
  const choice: RewardChoice = {
    reward: name,
    parameters: {
      ...(name === before.reward ? before.parameters : {}),
      ...set,
      ...(label === null ? {} : { label })
    }
  }
  return choice
})

const valuesOf = (settings: Settings): ParameterValues =>
  Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) =>
      typeof value === "number" || typeof value === "string" ? [[key, value]] : []
    )
  )

/** What --set says of the reward over what was chosen before, and the settings that say nothing of it. */
export const choiceOver = (
  before: RewardChoice,
  { reward, rewardParameters, ...rest }: Settings
): { readonly choice: RewardChoice; readonly rest: Settings } => {
  const name = typeof reward === "string" ? reward : before.reward
  const kept: Settings = name === before.reward ? before.parameters : {}
  const parameters = layered(kept, isSettings(rewardParameters) ? rewardParameters : {})
  return { choice: { reward: name, parameters: valuesOf(parameters) }, rest }
}

/** The reward of a name or a file, and the file's text where it is one. */
const found = Effect.fn("reward.find")(function* (name: string) {
  if (looksLikeRewardFile(name)) {
    const source = yield* readRewardFile(resolve(name))
    return { opened: yield* openFile(source), source }
  }
  const known = builtIn(name)
  if (known === undefined) return yield* new UnknownReward({ name, suggestion: nearest(name, rewardNames) })
  const source: RewardSource | null = null
  return { opened: openBuiltIn(known), source }
})

/**
 * The settings that the configuration records, every parameter with its value, and the examples with the answers that
 * earn. Fails with UnknownReward, RewardFileUnusable, RewardParameterRefused or LabelImpossible.
 */
export const resolveReward = Effect.fn("reward.resolve")(function* (
  choice: RewardChoice,
  prompts: Arr.NonEmptyReadonlyArray<Prompt>,
  seed: number
) {
  const { opened, source } = yield* found(choice.reward)
  const parameters = yield* resolveParameters(opened, choice.parameters)
  const labelled = yield* opened.label(prompts, parameters, seed)
  const settings: RewardSettings = {
    reward: opened.name,
    ...(Object.keys(parameters).length === 0 ? {} : { rewardParameters: parameters }),
    ...(source === null ? {} : { rewardFile: { path: source.path, sha256: source.sha256 } })
  }
  const withAnswers: RunConfig["prompts"] = Arr.map(prompts, (prompt, i) => labelled[i] ?? prompt)
  return { settings, prompts: withAnswers }
}, Effect.scoped)

/**
 * The critic of a run whose advantages are by GAE: settings that nobody gave have the paper's values, and it begins as
 * the base does.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import type { CheckpointInvalid } from "../../learning/policy/checkpoint/checkpoint-invalid.ts"
import { criticLayoutOf, initialCritic } from "../../learning/policy/critic.ts"
import type { CriticConfig } from "../../schemas/objective-config.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import type { Base } from "./base.ts"
import { layered, SettingRefused, type Settings } from "./settings.ts"

/** SHA-256 of the critic that a run starts from. */
export type CriticBeginning = CriticConfig["initial"]

/** As the reference's code has it (ppo_trainer.yaml); its authors' own values are not known. */
const paperCritic: Omit<CriticConfig, "initial"> = {
  learningRate: 1e-5,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  adamEpsilon: 1e-8,
  maxGradientNorm: 1,
  clip: 0.5,
  warmUpBatches: 0
}

/** The miniature's critic, like its policy, learns at a rate for 208,448 parameters. */
const criticOf = ({ preset }: RunConfig) =>
  preset === "mini" || preset === "smoke" ? { ...paperCritic, learningRate: 1e-3 } : paperCritic

/** The critic that a run of this base starts from, as its artifact. */
export const initialCriticBytes = Effect.fn("criticSettings.initialBytes")(function* (
  base: Pick<Base, "config" | "layout" | "weights">
) {
  const weights = yield* decodeParameters(base.layout, base.weights, "the base")
  return encodeParameters(criticLayoutOf(base.config), initialCritic(base.config, base.layout, weights))
})

/** SHA-256 of that. */
export const criticInitial = (base: Pick<Base, "config" | "layout" | "weights">) =>
  Effect.map(initialCriticBytes(base), (bytes): CriticBeginning => createHash("sha256").update(bytes).digest("hex"))

/**
 * Settings with a critic where there is to be one.
 *
 * @param beginning what it starts from
 */
export const completeCritic = Effect.fn("criticSettings.complete")(function* (
  settings: Settings,
  preset: RunConfig,
  beginning: Effect.Effect<CriticBeginning, CheckpointInvalid> | undefined
) {
  const given = settings.critic
  if (settings.advantage === "gae") {
    if (beginning === undefined) return settings
    const initial = yield* beginning
    return layered({ ...settings, critic: { ...criticOf(preset), initial } }, { critic: given })
  }
  if (given === undefined) return settings
  return yield* new SettingRefused({
    key: `critic.${Object.keys(Object(given))[0] ?? ""}`,
    value: "",
    reason: `there is a critic only where advantage is gae, and it is ${settings.advantage}; set advantage=gae too`
  })
})

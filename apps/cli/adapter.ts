/**
 * The adapter that a run trains in place of its base's weights: what the flags say of it, and where it starts.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { nearest } from "../../learning/nearest.ts"
import { encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import type { PolicyConfig } from "../../learning/policy/config.ts"
import { layoutOf, type ParameterLayout } from "../../learning/policy/parameters.ts"
import { adapterLayout, initialAdapter, type LoraConfig } from "../../learning/policy/training/lora.ts"
import { type Lora, loraTargets, type RunConfig } from "../../schemas/run-config.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { checkBetween } from "./ranges.ts"

export interface LoraFlags {
  /** Null: all weights are trained. */
  readonly loraRank: number | null
  /** Null: twice the rank. */
  readonly loraAlpha: number | null
  /** Names with commas between them; null: every matrix of a layer. */
  readonly loraTargets: string | null
}

const refuse = (reason: string) => new OptionsConflict({ reason })

/** In the order of a layer, whatever order they were typed in. */
const targetsOf = Effect.fn("adapter.targetsOf")(function* (typed: string) {
  const names = typed.split(",").map((name) => name.trim())
  const known = loraTargets.join(", ")
  for (const name of names) {
    if (loraTargets.some((target) => target === name)) continue
    const meant = name === "" ? "" : `did you mean "${nearest(name, loraTargets)}"? `
    return yield* refuse(`--lora-targets names no matrix of a layer: "${name}"; ${meant}Known: ${known}`)
  }
  const [first, ...others] = loraTargets.filter((target) => names.includes(target))
  return [first, ...others] as const
})

/** The policy that a run starts from, as its artifact. */
export const initialAdapterBytes = (config: PolicyConfig, lora: LoraConfig, seed: number): Uint8Array =>
  encodeParameters(adapterLayout(config, lora), initialAdapter(config, lora, seed))

/** What flags come to, or null where they ask for no adapter. Fails with OptionOutOfRange or OptionsConflict. */
export const loraOf = Effect.fn("adapter.loraOf")(function* (flags: LoraFlags, config: PolicyConfig, seed: number) {
  const { loraAlpha, loraRank: rank } = flags
  if (rank === null) {
    if (loraAlpha !== null || flags.loraTargets !== null)
      return yield* refuse("--lora-alpha and --lora-targets need --lora-rank")
    return null
  }
  yield* checkBetween("--lora-rank", rank, 1, Math.min(config.hiddenSize, 2 ** 16))
  const alpha = loraAlpha ?? 2 * rank
  yield* checkBetween("--lora-alpha", alpha, 1e-6, 1e6)
  const targets = flags.loraTargets === null ? loraTargets : yield* targetsOf(flags.loraTargets)
  const bytes = initialAdapterBytes(config, { rank, alpha, targets }, seed)
  const lora: Lora = { rank, alpha, targets, initial: createHash("sha256").update(bytes).digest("hex") }
  return lora
})

/** Where the parameters lie that a run trains. */
export const trainedLayout = (config: PolicyConfig, { lora }: Pick<RunConfig, "lora">): ParameterLayout =>
  lora === undefined ? layoutOf(config) : adapterLayout(config, lora)

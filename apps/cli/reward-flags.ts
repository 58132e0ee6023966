/**
 * The flags that say what an answer earns.
 */
import { Option } from "effect"
import { Flag } from "effect/cli"
import { rewardNames } from "../../learning/rewards/registry.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { optionalText } from "./flags.ts"

export const rewardFlags = {
  reward: optionalText(
    "reward",
    `What an answer earns: ${rewardNames.join(", ")}, or a file of yours; docs/rewards.md; default: the preset's`
  ),
  rewardSet: Flag.String("reward-set").pipe(
    Flag.withDescription("A parameter of the reward as key=value; may be given again"),
    Flag.atLeast(0)
  ),
  label: optionalText("label", "The answer that earns the reward, in place of the right one"),
  unknownReward: Flag.Literals("unknown-reward", ["zero", "drop-group", "stop"]).pipe(
    Flag.withDescription("What a reward that is unknown does: counts as 0, takes its group out, or ends the run"),
    Flag.optional,
    Flag.map(Option.getOrNull)
  )
}

export interface RewardFlags {
  /** A name or a file; null: the preset's. */
  readonly reward: string | null
  /** key=value */
  readonly rewardSet: ReadonlyArray<string>
  /** What the example's answer is replaced by; null: it stays. */
  readonly label: string | null
  readonly unknownReward: RunConfig["unknownReward"] | null
}

/**
 * The rewards that come along. A new one is a file beside these and a line here.
 */
import { constant } from "./constant.ts"
import { format } from "./format.ts"
import { labelNoise } from "./label-noise.ts"
import { outcome } from "./outcome.ts"
import { outcomeAndFormat } from "./outcome-and-format.ts"
import { random } from "./random.ts"
import type { Reward } from "./reward.ts"
import { wrongLabel } from "./wrong-label.ts"

const rewards: ReadonlyArray<Reward> = [outcome, format, outcomeAndFormat, random, constant, wrongLabel, labelNoise]

export const rewardNames: ReadonlyArray<string> = rewards.map(({ name }) => name)

export const builtIn = (name: string): Reward | undefined => rewards.find((reward) => reward.name === name)

/**
 * What one answer earned, whatever the function that was asked did: a number, or unknown and why.
 */
import type { RewardInput } from "./reward.ts"

export interface Earned {
  readonly reward: number | null
  /** Why it is unknown; null where it is known, or where the grader has said why. */
  readonly why: string | null
}

/** A message of someone's function in a line of an event. */
const longestMessage = 200

export const messageOf = (error: unknown): string => {
  let message: string
  try {
    message = error instanceof Error ? error.message : String(error)
  } catch {
    message = "something that cannot be put in words"
  }
  const line = message.replace(/[\s\p{Cc}]+/gu, " ").trim()
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line
}

const kindOf = (value: unknown): string => {
  if (value === undefined) return "nothing"
  if (value instanceof Promise) return "a promise; a reward answers at once"
  return `a ${typeof value}, which is no number`
}

/** Training counts in float32. */
const isReward = (value: unknown): value is number => typeof value === "number" && Number.isFinite(Math.fround(value))

/** What is wrong with a value that is no reward, in words. */
const faultOf = (value: unknown): string => {
  if (typeof value !== "number") return `returned ${kindOf(value)}`
  return Number.isFinite(value) ? `returned ${value}, which is beyond float32` : `returned ${value}`
}

/** Asks the function and looks at what comes back. */
export const earned = (title: string, reward: (input: RewardInput) => unknown, input: RewardInput): Earned => {
  try {
    const value = reward(input)
    if (value === null)
      return { reward: null, why: input.verdict === "unknown" ? null : `reward ${title} gave none for this answer` }
    return isReward(value) ? { reward: value, why: null } : { reward: null, why: `reward ${title} ${faultOf(value)}` }
  } catch (error) {
    return { reward: null, why: `reward ${title} threw: ${messageOf(error)}` }
  }
}

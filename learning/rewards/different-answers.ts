/**
 * Answers that the grader would never take for the right one.
 */
import { compare } from "../grading/compare.ts"
import { hashOf, uniformAt } from "../random/uniform-at.ts"
import type { RewardQuestion } from "./reward.ts"
import { labelStream } from "./streams.ts"

/** How far a wrong number lies from the right one at most, in units of its last digit. */
const furthest = 10n

export const differs = (label: string, truth: string): boolean => compare(label, truth).verdict === "incorrect"

/** The number below `count` that is drawn for an example: the first attempt, the second… */
const drawn = (count: number, seed: number, { id }: RewardQuestion, attempt: number): number => {
  const at = { stream: labelStream, step: 0, prompt: hashOf(id), sample: attempt, position: 0 }
  return Math.floor(uniformAt(seed, at) * count)
}

const inOrder = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** Whole numbers around one, itself left out; negative ones only around a negative one. */
const neighbours = (whole: bigint): ReadonlyArray<bigint> => {
  const around: Array<bigint> = []
  for (let distance = 1n; distance <= furthest; distance++) around.push(whole - distance, whole + distance)
  return around.filter((each) => whole < 0n || each > 0n).sort(inOrder)
}

const integerForm = /^[+-]?\d+$/
const decimalForm = /^([+-]?\d+)\.(\d+)$/
const fractionForm = /^([+-]?\d+) ?\/ ?(\d+)$/

const whole = (digits: string): bigint => BigInt(digits.replace(/^\+/, ""))

/** The digits of a decimal number with its point put back. */
const withPoint = (digits: bigint, places: number): string => {
  const text = (digits < 0n ? -digits : digits).toString().padStart(places + 1, "0")
  return `${digits < 0n ? "-" : ""}${text.slice(0, -places)}.${text.slice(-places)}`
}

/** Answers of the same form near the right one; for words and formulas, small numbers. */
const nearby = (truth: string): ReadonlyArray<string> => {
  const text = truth.trim()
  if (integerForm.test(text)) return neighbours(whole(text)).map(String)
  const decimal = decimalForm.exec(text)
  if (decimal !== null) {
    const [, before, after] = decimal
    return neighbours(whole(before + after)).map((digits) => withPoint(digits, after.length))
  }
  const fraction = fractionForm.exec(text)
  if (fraction !== null) return neighbours(whole(fraction[1])).map((above) => `${above}/${fraction[2]}`)
  return Array.from({ length: 99 }, (_, i) => `${i + 1}`)
}

/**
 * A wrong answer near the right one, drawn by the seed for this example alone.
 * Null where the grader could not tell any apart: it gives up on answers that are too long.
 */
export const nearAnswer = (question: RewardQuestion, seed: number): string | null => {
  const candidates = nearby(question.answer).filter((label) => differs(label, question.answer))
  return candidates.length === 0 ? null : candidates[drawn(candidates.length, seed, question, 0)]
}

/** Draws before an answer of another example is given up on: a set may hold one answer many times. */
const attempts = 64

/**
 * The answer of another example, drawn by the seed, that the grader can tell apart; null where none was met.
 *
 * @param set in an order of its own, so that the order it came in leaves no trace
 */
export const answerOfAnother = (
  question: RewardQuestion,
  set: ReadonlyArray<RewardQuestion>,
  seed: number
): string | null => {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const { answer } = set[drawn(set.length, seed, question, attempt)]
    if (differs(answer, question.answer)) return answer
  }
  return null
}

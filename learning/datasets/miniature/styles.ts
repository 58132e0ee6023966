/**
 * Sloppy solutions: the ways in which the base model has seen problems answered.
 *
 * Some are right and boxed, some right without a box, many wrong. Reinforcement re-weights this mixture; that is all the
 * miniature can show. Which style a response has is said by its first token ("opener"), where openers are on.
 */
import type { Randomness } from "../../random/sequence.ts"
import { answerOf, type Family, type Task } from "./problem.ts"

export const styles = ["careful", "direct", "nobox", "early", "ramble", "slip"] as const
export type Style = (typeof styles)[number]

/** How often each style answers a family, in the order of `styles`. */
export const styleWeights: Readonly<Record<Family, ReadonlyArray<number>>> = {
  chain: [0.16, 0.36, 0.2, 0.12, 0.1, 0.06],
  prec: [0.14, 0.2, 0.36, 0.12, 0.12, 0.06],
  eq: [0.14, 0.18, 0.36, 0.16, 0.1, 0.06],
  word: [0.12, 0.22, 0.22, 0.12, 0.26, 0.06],
  seq: [0.14, 0.44, 0.16, 0.12, 0.08, 0.06],
  two: [0.12, 0.24, 0.28, 0.18, 0.12, 0.06]
}

const openers: Readonly<Record<Style, string>> = {
  careful: "step by step:",
  direct: "answer:",
  nobox: "step by step:",
  early: "step by step:",
  ramble: "",
  slip: "step by step:"
}

/** How often an answer given without steps is right, by the number of steps it would take. */
const directSkill = [0.8, 0.35, 0.15, 0.08]

const mistakes = [-20, -10, -10, -3, -2, -1, 1, 2, 3, 10, 10, 20]

const boxed = (value: number): string => `\\boxed{${value}}`

/** A number near the right one, in 0..99 and never the right one. */
const wrong = (right: number, random: Randomness): number => {
  for (;;) {
    const value = right + random.choice(mistakes)
    if (value >= 0 && value <= 99) return value
  }
}

const careful = (task: Task): string => [...task.steps, boxed(answerOf(task))].join(";")

/** Right, but without a box: it never earns a reward. */
const nobox = (task: Task): string => [...task.steps, `so ${answerOf(task)}.`].join(";")

const direct = (task: Task, random: Randomness): string => {
  const skill = directSkill[Math.min(task.steps.length, directSkill.length) - 1]
  return boxed(random.uniform() < skill ? answerOf(task) : wrong(answerOf(task), random))
}

/** Stops before the last step and boxes what it has; a task of one step gets a wrong number. */
const early = (task: Task, random: Randomness): string => {
  const taken = random.between(1, Math.max(1, task.steps.length - 1))
  const value = task.steps.length > 1 ? task.results[taken - 1] : wrong(answerOf(task), random)
  return [...task.steps.slice(0, taken), boxed(value)].join(";")
}

/** Errs in one step and boxes a wrong number: that step's, if it was the last. */
const slip = (task: Task, random: Randomness): string => {
  const at = random.below(task.steps.length)
  const [left, right] = task.steps[at].split("=")
  const erred = wrong(Number(right), random)
  const isLast = at === task.steps.length - 1
  const value = isLast && erred !== answerOf(task) ? erred : wrong(answerOf(task), random)
  return [...task.steps.slice(0, at), `${left}=${erred}`, boxed(value)].join(";")
}

/** Talks, and then: a wrong box (25 %), the whole solution (10 %), a wrong number unboxed (25 %), or just stops (40 %). */
const ramble = (task: Task, random: Randomness): string => {
  const fillers = ["hmm", "wait", "let me see"]
  const said = [random.choice(fillers)]
  const more = random.between(1, 4)
  for (let index = 0; index < more; index++) {
    const kind = random.below(5)
    said.push(kind < 3 ? fillers[kind] : kind === 3 ? random.choice(task.steps) : task.steps[0])
  }
  const ending = random.uniform()
  if (ending < 0.25) said.push(boxed(wrong(answerOf(task), random)))
  else if (ending < 0.35) said.push(careful(task))
  else if (ending < 0.6) said.push(`so ${wrong(answerOf(task), random)}.`)
  return said.join(";")
}

const bodies: Readonly<Record<Style, (task: Task, random: Randomness) => string>> = {
  careful,
  direct,
  nobox,
  early,
  ramble,
  slip
}

export const drawStyle = (family: Family, random: Randomness): Style => random.weighted(styles, styleWeights[family])

/** A response to a task in a style; `withOpener` puts the style's opening token before it. */
export const respond = (task: Task, style: Style, random: Randomness, withOpener: boolean): string =>
  (withOpener ? openers[style] : "") + bodies[style](task, random)

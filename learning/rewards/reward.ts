/**
 * What a reward is: a named, versioned function of one graded answer.
 *
 * A reward is pure: the same input gives the same number, on any machine, in any order. Chance comes from its
 * coordinates (learning/random), never from a clock.
 */

/** "unknown": the grader could not finish. */
export type Verdict = "correct" | "incorrect" | "no-answer" | "unknown"

export interface NumberParameter {
  readonly type: "number"
  readonly about: string
  readonly default: number
  /** Both ends belong to the range. */
  readonly least: number
  readonly most: number
}

export interface TextParameter {
  readonly type: "text"
  readonly about: string
  /** Null: there is none, and the reward does without. */
  readonly default: string | null
}

export type Parameter = NumberParameter | TextParameter

/** Values by name: each declared number, and each text that was given or has a default. */
export type ParameterValues = Readonly<Record<string, number | string>>

/** A training example. */
export interface RewardQuestion {
  readonly id: string
  readonly text: string
  /** What the grader compares with: the answer that earns. */
  readonly answer: string
  /** The right one, where the one that earns is wrong on purpose. */
  readonly trueAnswer?: string
}

/** Where an answer stands in its run. */
export interface Coordinates {
  readonly seed: number
  readonly step: number
  readonly promptId: string
  readonly sampleIndex: number
}

/** All that a reward may look at. */
export interface RewardInput {
  /** The response, decoded. */
  readonly text: string
  /** What stood in its last box, as written; null where there was none. */
  readonly extracted: string | null
  readonly verdict: Verdict
  /** Whether it holds an answer in a closed box, right or wrong. */
  readonly boxed: boolean
  /** Whether it was cut off at the most tokens allowed. */
  readonly truncated: boolean
  /** How many tokens it has. */
  readonly tokens: number
  readonly question: RewardQuestion
  readonly coordinates: Coordinates
  readonly parameters: ParameterValues
}

/** What labels may follow from beside the set. */
export interface LabelContext {
  readonly seed: number
  readonly parameters: ParameterValues
}

export interface Reward {
  /** Lower case, digits and hyphens. */
  readonly name: string
  /** Counts up whenever the number for some input could change. */
  readonly version: number
  /** One sentence. */
  readonly about: string
  readonly parameters: Readonly<Record<string, Parameter>>
  /**
   * The answers that earn, one for each example of the set, where they are not the right ones. Each question comes with
   * its right answer. Asked once, when a run starts; does not depend on the order of the set.
   */
  readonly labels?: (questions: ReadonlyArray<RewardQuestion>, context: LabelContext) => ReadonlyArray<string>
  /** A finite number, or null where it cannot be known: unknown is not zero. */
  readonly reward: (input: RewardInput) => number | null
}

/** As events and reports name it. */
export const titleOf = ({ name, version }: Pick<Reward, "name" | "version">): string => `${name}@${version}`

/** A number that was declared is there: parameters are resolved before a reward sees them. */
export const numberOf = (parameters: ParameterValues, name: string): number => {
  const value = parameters[name]
  if (typeof value !== "number") throw new TypeError(`the parameter ${name} is no number`)
  return value
}

/**
 * Which example of the miniature stands for which of the paper's. A fixed choice by hand, made before any run of it,
 * some because the prototype had trained well on them: π1 among these. π1207 has a wrong answer, π1208 takes four steps.
 * It says nothing about ranks here.
 */

import { families, type Problem } from "../../../learning/datasets/miniature/problem.ts"
import { example, exampleIds, poolSeed, problems } from "../../../learning/datasets/miniature/problems.ts"
import type { RecipeExamples } from "./recipe.ts"

const first17 = [
  ...["two:1", "eq:0", "word:3", "chain:0", "prec:0", "seq:0", "two:3", "word:1", "chain:3"],
  ...["eq:1", "prec:2", "seq:1", "two:0", "chain:7", "word:2", "seq:4", "prec:5"]
]

const standIns: ReadonlyMap<number, string> = new Map([
  ...first17.map((id, i) => [i + 1, id] as const),
  [605, "word:9"],
  [606, "prec:10"],
  [1201, "eq:2"],
  [1207, "two:4"],
  [1208, "chain:15"],
  [1209, "two:5"]
])

/** Its answer is wrong on purpose, as π1207's is in the paper's set. */
const mislabelled = 1207

const named = new Set(standIns.values())

export interface MiniatureExample {
  readonly problem: Problem
  /** The answer that earns the reward. */
  readonly answer: string
}

const wrong = (answer: string): string => `${(Number(answer) + 10) % 100}`

/** The miniature's name for π_K. */
export const standInOf = (rank: number): string => {
  const others = exampleIds().filter((id) => !named.has(id))
  return standIns.get(rank) ?? others[(rank - 1) % others.length]
}

const standIn = (rank: number): MiniatureExample => {
  const problem = found(standInOf(rank))
  return { problem, answer: rank === mislabelled ? wrong(problem.answer) : problem.answer }
}

const found = (id: string): Problem => {
  const problem = example(id)
  if (problem === undefined) throw new RangeError(`the miniature has no example ${id}`)
  return problem
}

const asItIs = (problem: Problem): MiniatureExample => ({ problem, answer: problem.answer })

/** Examples a family that stand for a large set; the family seq has only 57. */
const perFamilyOfLargeSet = 200

/** The last step of an example as a problem of its own: `15+17=?`. */
const lastStepOf = ({ answer, family, id, steps }: Problem): MiniatureExample => {
  const step = steps[steps.length - 1]
  const prompt = `${step.slice(0, step.lastIndexOf("="))}=?\n`
  return {
    problem: { id: `${id}:last-step`, family, prompt, answer, steps: [step], results: [Number(answer)] },
    answer
  }
}

/**
 * What a recipe trains on here.
 *
 * @param drawn chooses so many of a list, by the run's seed
 */
export const miniatureExamples = (
  examples: RecipeExamples,
  drawn: <A>(from: ReadonlyArray<A>, count: number) => ReadonlyArray<A>
): ReadonlyArray<MiniatureExample> => {
  switch (examples.kind) {
    case "pi":
      return examples.ranks.map(standIn)
    case "random":
      return drawn(exampleIds(), examples.count).map((id) => asItIs(found(id)))
    case "set":
      return examples.set === "dsr-sub"
        ? exampleIds().map((id) => asItIs(found(id)))
        : families.flatMap((family) =>
            problems(family, { seed: poolSeed, count: perFamilyOfLargeSet, split: "pool" }).map(asItIs)
          )
    case "last-step":
      return [lastStepOf(found(standInOf(1)))]
  }
}

/** π1 with its solution, as the base has seen problems answered. */
export const miniatureContext = (): string => {
  const { answer, prompt, steps } = found(standInOf(1))
  return `${prompt}step by step:${[...steps, `\\boxed{${answer}}`].join(";")}\n`
}

/**
 * Problems by name: the test problems of a seed, the pool that training examples come from, the validation set beside
 * them, and others by split.
 */

import { sequence } from "../../random/sequence.ts"
import { hashOf } from "../../random/uniform-at.ts"
import { drawTask } from "./families.ts"
import { answerOf, type Family, families, type Problem, type Split, splitOf } from "./problem.ts"

/** The pool is one fixed list per family; `two:3` means the same problem for everyone. */
export const poolSeed = 99
/** Another list of the pool's split, as fixed: what checkpoints are chosen by. */
const validationSeed = 98
const examplesPerFamily = 40

/** Draws in a row without a new problem before a family counts as used up; some 2,000 of them fall in a tenth. */
const patience = 20_000

export interface ProblemsRequest {
  /** A uint32. */
  readonly seed: number
  readonly count: number
  readonly split: Split
  /** Prompts that are passed over; none where left out. */
  readonly except?: ReadonlySet<string>
}

const idOf = (family: Family, { seed, split }: ProblemsRequest, index: number): string =>
  split === "pool" && seed === poolSeed ? `${family}:${index}` : `${split}/${family}/${seed}/${index}`

/**
 * Distinct problems of one family and split, always the same for a seed; a smaller count gives the head of the same list.
 *
 * Families are finite: where the split holds fewer than `count` fewer come back: `seq` has 81 in test and 57 in the
 * pool, `eq` about 500 in each, the others thousands.
 */
export const problems = (family: Family, request: ProblemsRequest): ReadonlyArray<Problem> => {
  const random = sequence(request.seed, hashOf(`problems/${request.split}/${family}`))
  const found = new Map<string, Problem>()
  let fruitless = 0
  while (found.size < request.count && fruitless < patience) {
    const task = drawTask(family, random)
    fruitless += 1
    if (splitOf(task.prompt) !== request.split || found.has(task.prompt) || request.except?.has(task.prompt)) continue
    found.set(task.prompt, { id: idOf(family, request, found.size), family, answer: `${answerOf(task)}`, ...task })
    fruitless = 0
  }
  return [...found.values()]
}

/** `perFamily` test problems of each family, family by family. Fewer of a family that has no more. */
export const testProblems = (request: { readonly seed: number; readonly perFamily: number }): ReadonlyArray<Problem> =>
  families.flatMap((family) => problems(family, { seed: request.seed, count: request.perFamily, split: "test" }))

let pool: ReadonlyMap<string, Problem> | undefined

const examples = (): ReadonlyMap<string, Problem> => {
  pool ??= new Map(
    families
      .flatMap((family) => problems(family, { seed: poolSeed, count: examplesPerFamily, split: "pool" }))
      .map((problem) => [problem.id, problem])
  )
  return pool
}

/** The training example of this name, `two:0` to `two:39` and so for each family; undefined when there is none. */
export const example = (id: string): Problem | undefined => examples().get(id)

/** All names that `example` knows. */
export const exampleIds = (): ReadonlyArray<string> => [...examples().keys()]

/**
 * `perFamily` problems of each family to choose a checkpoint by, family by family: of the pool's split, so in neither the
 * test nor the base's corpus, and none that has a name to be trained on. Fewer of a family that has no more: `seq` has 17.
 *
 * @param except prompts that are trained on or tested under no name of the pool
 */
export const validationProblems = (request: {
  readonly perFamily: number
  readonly except: ReadonlySet<string>
}): ReadonlyArray<Problem> => {
  const except = new Set([...request.except, ...[...examples().values()].map(({ prompt }) => prompt)])
  return families.flatMap((family) =>
    problems(family, { seed: validationSeed, count: request.perFamily, split: "pool", except })
  )
}

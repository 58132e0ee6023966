/**
 * `onefold problems`: held-out problems with their answers, so that others can score an exported policy.
 */
import { Effect, Schema } from "effect"
import { type Family, families } from "../../learning/datasets/miniature/problem.ts"
import { problems } from "../../learning/datasets/miniature/problems.ts"
import { nearest } from "../../learning/nearest.ts"
import { checkCount, checkSeed } from "./ranges.ts"

export class UnknownFamily extends Schema.TaggedError<UnknownFamily>()("UnknownFamily", {
  name: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    return `there is no family "${this.name}"; did you mean "${this.suggestion}"? Known: ${families.join(", ")}`
  }
}

/** A family has fewer problems than were asked for. */
export class ProblemsUnavailable extends Schema.TaggedError<ProblemsUnavailable>()("ProblemsUnavailable", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

const isFamily = (name: string): name is Family => families.some((family) => family === name)

const chosen = Effect.fn("problems.chosen")(function* (name: string | null) {
  if (name === null) return families
  if (isFamily(name)) return [name]
  return yield* new UnknownFamily({ name, suggestion: nearest(name, families) })
})

export const printProblems = Effect.fn("problems")(function* (options: {
  readonly family: string | null
  readonly seed: number
  readonly count: number
  readonly json: boolean
}) {
  const { count, json, seed } = options
  yield* checkSeed("--seed", seed)
  yield* checkCount("-n", count)
  for (const family of yield* chosen(options.family)) {
    const found = problems(family, { seed, count, split: "test" })
    if (found.length < count)
      return yield* new ProblemsUnavailable({
        detail: `family ${family} has only ${found.length} held-out problems for seed ${seed}; ask for fewer with -n`
      })
    yield* Effect.sync(() => {
      for (const { answer, id, prompt } of found)
        process.stdout.write(
          json
            ? `${JSON.stringify({ type: "problem", id, family, prompt, answer })}\n`
            : `${prompt.trim()}  →  ${answer}\n`
        )
    })
  }
})

/**
 * `onefold run --dry-run`: the resolved configuration, how it differs from the paper's for the same recipe, and what it
 * would take.
 */
import { Effect } from "effect"
import type { RunConfig } from "../../schemas/run-config.ts"
import { configText } from "./begin-run.ts"
import { type Estimate, estimateOf, type Sizes } from "./plan-estimate.ts"
import { type Choices, configOf, isMiniature } from "./presets.ts"
import type { ChosenRecipe } from "./recipes/catalogue.ts"
import { paperModels } from "./recipes/models.ts"
import { type PlaceholderExample, placeholders } from "./recipes/placeholders.ts"
import { amountSettings, recipeSettings } from "./recipes/recipe-settings.ts"

export interface Difference {
  readonly key: string
  /** Null where it is left out. */
  readonly ours: unknown
  readonly paper: unknown
  /** Whether the preset says so, to fit its model; else a flag or --set does. */
  readonly scaled: boolean
}

export interface Plan {
  readonly type: "plan"
  readonly config: unknown
  readonly differences: ReadonlyArray<Difference>
  readonly estimate: Estimate
  /** What was not read for it: the model, the training set. */
  readonly unread?: ReadonlyArray<string>
}

/** Not the paper's business: names, seeds, and how our own parts are cut. */
const ours = [
  ...["preset", "recipe", "model", "prompts", "seed", "cohorts", "shards", "slots", "microBatch", "recompute"],
  ...["intraOpThreads", "evaluation.testSeed", "evaluation.problems", "evaluation.problemsPerFamily"],
  ...["evaluation.rows", "evaluation.context", "evaluation.baseRun", "evaluation.benchmarks"],
  ...["critic.initial", "lora.initial"]
]

/** Keys with dots, and what they hold as JSON. */
const flat = (settings: object, prefix = ""): ReadonlyMap<string, unknown> =>
  new Map(
    Object.entries(settings).flatMap(
      ([key, value]: readonly [string, unknown]): ReadonlyArray<readonly [string, unknown]> => {
        const name = `${prefix}${key}`
        if (ours.includes(name)) return []
        return typeof value === "object" && value !== null && !Array.isArray(value)
          ? [...flat(value, `${name}.`)]
          : [[name, value]]
      }
    )
  )

/** Who judges is told where it is left to the default too. */
const compared = (config: RunConfig) => flat({ ...config, grader: config.grader ?? "exact" })

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** Key by key, in the order of our configuration. */
export const differencesOf = (config: RunConfig, preset: RunConfig, paper: RunConfig): ReadonlyArray<Difference> => {
  const [here, scaled, there] = [compared(config), compared(preset), compared(paper)]
  return [...new Set([...here.keys(), ...there.keys()])].flatMap((key) => {
    const [mine, theirs] = [here.get(key), there.get(key)]
    if (same(mine, theirs)) return []
    return [{ key, ours: mine ?? null, paper: theirs ?? null, scaled: same(mine, scaled.get(key)) }]
  })
}

/** Ours multiplies in float32 unless told otherwise; the paper's code in bfloat16, with float32 weights and sums. */
const precisionOf = ({ precision = "float32" }: RunConfig): ReadonlyArray<Difference> =>
  precision === "bfloat16" ? [] : [{ key: "precision", ours: precision, paper: "bfloat16", scaled: false }]

const named = (prompts: ReadonlyArray<{ readonly promptId: string }>): string => {
  const names = prompts.slice(0, 16).map(({ promptId }) => promptId)
  return prompts.length > names.length ? `${names.join(", ")} … ${prompts.length} in all` : names.join(", ")
}

const nowhere = "0".repeat(64)

/** What the paper's code would run: nothing of it is read, so its prompts are names only. */
export const paperConfig = Effect.fn("plan.paperConfig")(function* (
  recipe: ChosenRecipe | null,
  examples: ReadonlyArray<PlaceholderExample> = placeholders(recipe)
) {
  const [first, ...others] = examples
  const choices: Choices = {
    preset: "paper",
    prompts: [first ?? { promptId: "none", text: "none", answer: "none" }, ...others],
    model: { name: paperModels[recipe?.model ?? "1.5b"].hub, hash: nowhere },
    steps: null,
    seed: 0,
    testSeed: 0,
    recipe: (preset) => ({
      ...amountSettings({ examples: examples.length, copies: null }, preset),
      ...(recipe === null ? {} : recipeSettings(recipe, preset, null))
    }),
    criticInitial: Effect.succeed(nowhere)
  }
  return yield* configOf(choices)
})

export interface Planned {
  readonly config: RunConfig
  /** The same without flags and --set. */
  readonly preset: RunConfig
  readonly recipe: ChosenRecipe | null
  readonly sizes: Sizes
  readonly unread?: ReadonlyArray<string>
}

export const planOf = Effect.fn("plan.of")(function* ({ config, preset, recipe, sizes, unread }: Planned) {
  const paper = yield* paperConfig(recipe)
  const examples: Difference = {
    key: "prompts",
    ours: named(config.prompts),
    paper: named(paper.prompts),
    scaled: isMiniature(config.preset)
  }
  const model: Difference = {
    key: "model",
    ours: config.model.name,
    paper: paper.model.name,
    scaled: isMiniature(config.preset)
  }
  const plan: Plan = {
    type: "plan",
    config: JSON.parse(configText(config)),
    differences: [
      ...[model, examples].filter((each) => each.ours !== each.paper),
      ...differencesOf(config, preset, paper),
      ...precisionOf(config)
    ],
    estimate: estimateOf(config, sizes),
    ...(unread === undefined ? {} : { unread })
  }
  return plan
})

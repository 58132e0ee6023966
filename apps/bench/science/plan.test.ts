/** An arm's configuration is the one that its command resolves. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loadBase, miniatureBase } from "../../cli/base.ts"
import { configText } from "../../cli/begin-run.ts"
import { onefold, scratchFolder } from "../../cli/spawned.fixture.ts"
import { type Arm, arms, commandOf, dataFileOf } from "./arms.ts"
import { armConfig, asSweep, sciencePlan } from "./plan.ts"
import { fullSizes, type Seeds } from "./sizes.ts"
import { dataLines } from "./write-page.ts"

const scratch = scratchFolder()

/** The command's words, with the training set where this test has written it. */
const wordsOf = (arm: Arm, { seed, testSeed }: Seeds): ReadonlyArray<string> => {
  const [, ...words] = commandOf(arm, fullSizes, String(seed), String(testSeed)).split(" ")
  const file = dataFileOf(arm)
  if (file === null) return words
  writeFileSync(join(scratch, file), dataLines(arm))
  return words.map((word) => (word.endsWith(file) ? join(scratch, file) : word))
}

describe("the plan of the science", () => {
  it.live.each(arms)("given the command of $name, then onefold run resolves the very configuration of the arm", (arm) =>
    Effect.gen(function* () {
      const base = yield* loadBase(miniatureBase)
      const [seeds] = fullSizes.seeds
      const config = yield* armConfig(arm, fullSizes, seeds, base)
      const { code, stderr, stdout } = yield* Effect.promise(() =>
        onefold([...wordsOf(arm, seeds), "--dry-run", "--json"])
      )
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(JSON.parse(stdout).config, JSON.parse(configText(config)))
    })
  )

  it.effect("has a base for each test seed, which every arm of the seed names and which comes before it", () =>
    Effect.gen(function* () {
      const plan = yield* sciencePlan(fullSizes, yield* loadBase(miniatureBase))
      assert.deepStrictEqual(
        plan.bases.map(({ config }) => [config.steps, config.evaluation.testSeed]),
        [
          [0, 9201],
          [0, 9202],
          [0, 9203]
        ]
      )
      assert.lengthOf(plan.arms, arms.length * fullSizes.seeds.length)
      for (const { config, testSeed } of plan.arms) {
        const base = plan.bases.find(({ runId }) => runId === config.evaluation.baseRun)
        assert.strictEqual(base?.testSeed, testSeed)
        assert.strictEqual(config.evaluation.testSeed, testSeed)
      }
      const { base, runs } = asSweep(plan)
      assert.strictEqual(new Set([base, ...runs].map(({ runId }) => runId)).size, runs.length + 1)
      assert.lengthOf(plan.sweep.runs, 48)
    })
  )

  it.effect.each([
    ["one-good-example", { policyCoefficient: 1, klCoefficient: 0.001, entropyCoefficient: 0.001, weightDecay: 0.01 }],
    ["format-reward", { reward: "format" }],
    ["entropy-only", { policyCoefficient: 0, klCoefficient: 0, entropyCoefficient: 0.001, weightDecay: 0 }],
    ["policy-loss-only", { policyCoefficient: 1, klCoefficient: 0, entropyCoefficient: 0, weightDecay: 0 }],
    ["no-policy-loss", { policyCoefficient: 0, klCoefficient: 0.001, entropyCoefficient: 0.001, weightDecay: 0.01 }],
    ["wrong-label", { reward: "wrong-label" }],
    ["ppo", { advantage: "gae" }],
    ["two-examples", { copies: 8 }],
    ["full-set", { batchPrompts: 16, copies: 1 }]
  ] as const)("has of the arm %s what its name says", ([name, expected]) =>
    Effect.gen(function* () {
      const { arms } = yield* sciencePlan(fullSizes, yield* loadBase(miniatureBase))
      const own = arms.filter(({ arm }) => arm.name === name)
      assert.lengthOf(own, 3)
      for (const { config } of own) assert.deepInclude({ ...config }, expected)
    })
  )

  it.effect("fills a batch of 128 rollouts in every arm", () =>
    Effect.gen(function* () {
      const { arms } = yield* sciencePlan(fullSizes, yield* loadBase(miniatureBase))
      for (const { config } of arms)
        assert.strictEqual((config.batchPrompts ?? config.prompts.length) * config.copies * config.groupSize, 128)
    })
  )

  it.effect("given the same sizes, then the same names; given other settings, then others", () =>
    Effect.gen(function* () {
      const base = yield* loadBase(miniatureBase)
      const names = (set: ReadonlyArray<string>) =>
        Effect.map(sciencePlan({ ...fullSizes, set }, base), (plan) => plan.arms.map(({ runId }) => String(runId)))
      assert.deepStrictEqual(yield* names([]), yield* names([]))
      assert.notIncludeMembers(yield* names(["learningRate=1e-4"]), yield* names([]))
    })
  )
})

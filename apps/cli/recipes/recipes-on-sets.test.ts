import { existsSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readTrainingSet } from "../../../learning/datasets/training-set/read-training-set.ts"
import { instruction } from "../../../learning/datasets/training-set/training-row.ts"
import { goldenPath } from "../../../learning/policy/policies-for-tests.ts"
import type { Notation } from "../notation.ts"
import { configOf } from "../presets.ts"
import { namedInSet, type TrainingChoice, trainingOf } from "../training.ts"
import { findRecipe } from "./catalogue.ts"
import { publishedIndex, publishedRanks } from "./published-ranks.ts"

const nowhere: Pick<TrainingChoice, "from" | "dataDir"> = { from: null, dataDir: "nowhere" }

const train = (name: string): string => goldenPath(`../data/train/${name}`)
const hasSets = existsSync(train("dsr_sub.parquet"))

describe.skipIf(!hasSets)(`recipes on DSR-sub${hasSets ? "" : " (skipped: no training sets in ../shared)"}`, () => {
  /** What a chat template would be given. */
  const bare: Notation = (asked) =>
    Effect.succeed(
      "messages" in asked ? asked.messages.map(({ content, role }) => `${role}: ${content}`).join("\n") : ""
    )

  const ofSet = (name: string | null, file: string, example: string | null = null) =>
    Effect.gen(function* () {
      const recipe = name === null ? null : yield* findRecipe(name)
      const set = yield* readTrainingSet(train(file))
      const training = yield* trainingOf({
        ...nowhere,
        example,
        recipe,
        seed: 0,
        set,
        chat: false,
        miniature: false,
        notation: bare
      })
      const config = yield* configOf({
        preset: "paper",
        prompts: training.prompts,
        model: { name: "m", hash: "0".repeat(64) },
        steps: null,
        seed: 0,
        testSeed: 1,
        recipe: training.settings
      })
      return { ...training, config }
    })

  it.effect("given 4-shot, then its four problems in order, each with the instruction once, 32 copies", () =>
    Effect.gen(function* () {
      const { config } = yield* ofSet("4-shot", "dsr_sub.parquet")
      assert.deepStrictEqual(
        config.prompts.map(({ answer, promptId }) => [promptId, answer]),
        [
          ["124", "12.8"],
          ["267", "24"],
          ["682", "\\frac{4}{3}"],
          ["789", "-\\frac{2023}{2024}"]
        ]
      )
      assert.strictEqual(config.copies, 32)
      for (const { text } of config.prompts) assert.strictEqual(text.split(instruction).length, 2, text)
    })
  )

  it.effect("given a file of 128 equal rows without a recipe, then 128 copies; given 64 and 64, then 64 of each", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* ofSet(null, "pi1_r128.parquet")).config.copies, 128)
      const { config } = yield* ofSet(null, "merge_pi1_pi13_r128.parquet")
      assert.strictEqual(config.copies, 64)
      assert.deepStrictEqual(
        config.prompts.map(({ promptId }) => promptId),
        ["124", "682"]
      )
    })
  )

  it.effect("given dsr-sub, then all but the one without an answer, 128 a batch", () =>
    Effect.gen(function* () {
      const { config, leftOut } = yield* ofSet("dsr-sub", "dsr_sub.parquet")
      assert.lengthOf(config.prompts, 1208)
      assert.deepStrictEqual(leftOut, ["265"])
      assert.deepInclude(config, { batchPrompts: 128, copies: 1 })
    })
  )

  it.effect("given an example by index, as pi13 or as pi:13, then the same one", () =>
    Effect.gen(function* () {
      for (const name of ["682", "pi13", "pi:13"])
        assert.strictEqual((yield* ofSet(null, "dsr_sub.parquet", name)).config.prompts[0].promptId, "682")
    })
  )

  it.effect("given every published rank, then the index that the authors' own ranking gives it", () =>
    Effect.gen(function* () {
      const { examples } = yield* readTrainingSet(train("dsr_sub.jsonl"))
      for (const rank of publishedRanks)
        assert.strictEqual(publishedIndex(rank), examples.find((example) => example.rank === rank)?.index, `π${rank}`)
    })
  )

  it.effect("given another rank, then it follows from the set, or from the file of accuracies, or is refused", () =>
    Effect.gen(function* () {
      const [plain, ranked] = [
        yield* readTrainingSet(train("dsr_sub.parquet")),
        yield* readTrainingSet(train("dsr_sub.jsonl"))
      ]
      const byFile = yield* namedInSet("pi300", plain, train("acc_step_500.json"))
      assert.strictEqual(byFile.index, (yield* namedInSet("pi300", ranked, null)).index)
      const refused = yield* Effect.flip(namedInSet("pi300", plain, null))
      assert.include(refused.message, "Give the file of accuracies with --from")
      assert.include((yield* Effect.flip(namedInSet("9999", plain, null))).message, "no example of the index 9999")
    })
  )
})

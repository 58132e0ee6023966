import { assert, describe, it } from "@effect/vitest"
import { answer } from "./answers.fixture.ts"
import { builtIn, rewardNames } from "./registry.ts"
import type { Reward, RewardInput } from "./reward.ts"

const byName = (name: string): Reward => {
  const reward = builtIn(name)
  if (reward === undefined) throw new Error(`there is no reward ${name}`)
  return reward
}
const pays = (name: string, choices: Partial<RewardInput>) => byName(name).reward(answer(choices))

describe("the rewards that come along", () => {
  it("given the registry, then each has a name of its own, a version and words", () => {
    assert.deepStrictEqual(rewardNames, [
      ...["outcome", "format", "outcome-and-format", "random", "constant", "wrong-label", "label-noise"]
    ])
    assert.strictEqual(new Set(rewardNames).size, rewardNames.length)
    for (const { about, name, version } of rewardNames.map(byName)) {
      assert.isAtLeast(version, 1, name)
      assert.isAbove(about.length, 0, name)
    }
    assert.isUndefined(builtIn("outcomes"))
  })

  const half = { weight: 0.5 }
  it.each([
    ["outcome", { verdict: "correct", boxed: true }, 1],
    ["outcome", { verdict: "incorrect", boxed: true }, 0],
    ["outcome", { verdict: "no-answer", boxed: false }, 0],
    ["outcome", { verdict: "unknown", boxed: true }, null],
    ["format", { verdict: "incorrect", boxed: true }, 1],
    ["format", { verdict: "unknown", boxed: true }, 1],
    ["format", { verdict: "correct", boxed: false }, 0],
    ["outcome-and-format", { verdict: "correct", boxed: true, parameters: half }, 1],
    ["outcome-and-format", { verdict: "incorrect", boxed: true, parameters: half }, 0.5],
    ["outcome-and-format", { verdict: "incorrect", boxed: true, parameters: { weight: 0.1 } }, 0.1],
    ["outcome-and-format", { verdict: "no-answer", boxed: false, parameters: half }, 0],
    ["outcome-and-format", { verdict: "unknown", boxed: true, parameters: half }, null],
    ["constant", { verdict: "incorrect", parameters: { value: -0.25 } }, -0.25],
    ["constant", { verdict: "unknown", parameters: { value: 1 } }, 1],
    ["wrong-label", { verdict: "correct" }, 1],
    ["wrong-label", { verdict: "incorrect" }, 0],
    ["label-noise", { verdict: "correct" }, 1],
    ["label-noise", { verdict: "unknown" }, null]
  ] as const)("%s, given %j, then it pays %s", (name, choices, expected) => {
    assert.strictEqual(pays(name, choices), expected)
  })
})

describe("random", () => {
  const toss = (sampleIndex: number, share: number, choices: Partial<RewardInput["coordinates"]> = {}) =>
    pays("random", {
      coordinates: { seed: 3, step: 2, promptId: "two:0", sampleIndex, ...choices },
      parameters: { share }
    })
  const tosses = (share: number, choices: Partial<RewardInput["coordinates"]> = {}) =>
    Array.from({ length: 2_000 }, (_, sample) => toss(sample, share, choices))
  const mean = (values: ReadonlyArray<number | null>) =>
    values.reduce<number>((sum, value) => sum + (value ?? Number.NaN), 0) / values.length

  it("given the same coordinates in any order, then the same toss, whatever the answer says", () => {
    const forwards = tosses(0.5)
    const backwards = Array.from({ length: 2_000 }, (_, i) => toss(1_999 - i, 0.5)).reverse()
    assert.deepStrictEqual(forwards, backwards)
    const { coordinates } = answer()
    const told = (text: string, verdict: RewardInput["verdict"]) =>
      pays("random", { text, verdict, coordinates, parameters: { share: 0.5 } })
    assert.strictEqual(told("a", "correct"), told("b", "unknown"))
  })

  it.each([{ seed: 4 }, { step: 3 }, { promptId: "two:1" }])("given %j instead, then other tosses", (choices) => {
    assert.notDeepEqual(tosses(0.5, choices), tosses(0.5))
  })

  it("given a share, then about so many earn 1; given 0 or 1, none or all", () => {
    assert.approximately(mean(tosses(0.5)), 0.5, 0.04)
    assert.approximately(mean(tosses(0.2)), 0.2, 0.04)
    assert.strictEqual(mean(tosses(0)), 0)
    assert.strictEqual(mean(tosses(1)), 1)
  })
})

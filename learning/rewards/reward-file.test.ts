import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { looksLikeRewardFile, readRewardFile } from "./reward-file.ts"
import { checkReward } from "./rewards.ts"

const folder = mkdtempSync(join(tmpdir(), "onefold-rewards-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const written = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const source = `export default { name: "mine", version: 1, about: "x", parameters: {}, reward: () => 1 }`

describe("a reward's name", () => {
  it.each([
    ["outcome", false],
    ["label-noise", false],
    ["mine.ts", true],
    ["mine.mjs", true],
    ["./mine", true],
    ["rewards\\mine", true]
  ] as const)("given %s, then whether it is a file is %s", (name, isFile) => {
    assert.strictEqual(looksLikeRewardFile(name), isFile)
  })
})

describe("readRewardFile", () => {
  const faults = [
    ["that is missing", () => join(folder, "none.ts"), "there is no such file"],
    ["that is a folder", () => join(mkdirSync(join(folder, "a.ts"), { recursive: true }) ?? folder), "a folder"],
    ["of another kind", () => written("a.json", "{}"), "its name ends in none of .ts, .mts, .js, .mjs"],
    ["that is too long", () => written("long.js", " ".repeat(1_000_001)), "it has 1000001 bytes, more than 1000000"]
  ] as const
  it.effect.each(faults)("given a file %s, then it is refused with its path", ([, path, said]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(readRewardFile(path()))
      assert.strictEqual(refused._tag, "RewardFileUnusable")
      assert.include(refused.message, said)
      assert.include(refused.message, folder)
    })
  )
})

describe("checkReward", () => {
  const recorded = Effect.fn(function* (name: string) {
    const { path, sha256 } = yield* readRewardFile(written(name, source))
    return { reward: "mine", rewardFile: { path, sha256 } }
  })
  const tagOf = (settings: Parameters<typeof checkReward>[0]) =>
    Effect.map(Effect.flip(checkReward(settings)), ({ _tag }) => _tag)

  it.effect("given a file as it was, then nothing is wrong", () =>
    Effect.gen(function* () {
      yield* checkReward(yield* recorded("same.mjs"))
    })
  )

  it.effect("given a file that has changed by one byte, or is gone, then it is refused", () =>
    Effect.gen(function* () {
      const settings = yield* recorded("changed.mjs")
      writeFileSync(settings.rewardFile.path, `${source} `)
      const changed = yield* Effect.flip(checkReward(settings))
      assert.strictEqual(changed._tag, "RewardFileChanged")
      assert.include(changed.message, settings.rewardFile.path)
      rmSync(settings.rewardFile.path)
      assert.strictEqual(yield* tagOf(settings), "RewardFileUnusable")
    })
  )

  it.effect("given names and parameters that are none, then they are refused", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* tagOf({ reward: "outcomes" }), "UnknownReward")
      assert.strictEqual(yield* tagOf({ ...(yield* recorded("name.mjs")), reward: "yours" }), "UnknownReward")
      const parameters = { reward: "random", rewardParameters: { share: 2 } }
      assert.strictEqual(yield* tagOf(parameters), "RewardParameterRefused")
      yield* checkReward({ reward: "random", rewardParameters: { share: 1 } })
    })
  )
})

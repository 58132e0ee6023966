import { assert, describe, it } from "@effect/vitest"
import { branchText, treeOf } from "./runs-tree.ts"

const leaf = (run: string, of?: string, step = 2) => ({ run, forkOf: of === undefined ? null : { run: of, step } })

describe("runs as a tree", () => {
  it("put each under the one that it forks, and those whose parent is not here at the top", () => {
    const tree = treeOf([leaf("b", "a"), leaf("a"), leaf("c", "b", 4), leaf("lost", "gone"), leaf("d", "a")])
    assert.deepStrictEqual(
      tree.map((branch) => branchText(branch, true)),
      ["a", "└ b @2", "  └ c @4", "└ d @2", "lost @2 of gone, which is not here"]
    )
  })
})

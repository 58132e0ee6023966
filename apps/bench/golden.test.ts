/** The golden checker on the reference folder beside the repository, and on one with a lie in it. */
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { goldenPath, goldenTitle, hasGolden } from "../../learning/policy/policies-for-tests.ts"
import { scratchFolder } from "../cli/spawned.fixture.ts"
import { near, same, sameText } from "./golden/check.ts"
import { checkDamaged, damagedIn } from "./golden/malformed.ts"
import { checkModel, modelsIn } from "./golden/models.ts"

const reference = goldenPath("")
const scratch = scratchFolder()

describe("a check", () => {
  it("given values within and beyond, then each that is off is told by place, with both values", () => {
    assert.deepStrictEqual(near("m a", [1, 2.5, Number.NaN], [1.1, 2, 3], 0.2).off, [
      "m a[1]: expected 2, got 2.5",
      "m a[2]: expected 3, got null"
    ])
    assert.deepStrictEqual(same("m b", ["x"], ["x", "y"]).off, ["m b[length]: expected 2, got 1"])
    assert.deepStrictEqual(same("m b", [1, 2], [1]).off, ["m b[length]: expected 1, got 2"])
    assert.deepStrictEqual(sameText("m c", "é", "e").off, ['m c: expected "e", got "é"'])
  })
})

describe.runIf(hasGolden)(goldenTitle("the reference folder"), () => {
  it.live.each(hasGolden ? modelsIn(reference) : [])("given %s, then every case of it agrees", (name) =>
    Effect.gen(function* () {
      const checks = yield* checkModel(reference, name)
      assert.deepStrictEqual(
        checks.flatMap(({ off }) => off),
        []
      )
      assert.isAbove(checks.length, 300)
    })
  )

  it.live.each(hasGolden ? damagedIn(reference) : [])("given $name, then it ends as it must: $expect", (damaged) =>
    Effect.gen(function* () {
      const { check, said } = yield* checkDamaged(reference, damaged)
      assert.deepStrictEqual(check.off, [], said)
      if (damaged.expect === "error") assert.include(said, join("malformed", damaged.name))
    })
  )

  it.live("given a folder with three lies in it, then these three are told and nothing else", () =>
    Effect.gen(function* () {
      const lies = join(scratch, "models", "lies")
      cpSync(goldenPath("models/qwen2-tied"), lies, { recursive: true })
      const edit = (file: string, change: (content: unknown) => string) =>
        writeFileSync(join(lies, file), change(readFileSync(join(lies, file), "utf8")))
      edit("cases.json", (text) => {
        const cases = JSON.parse(String(text))
        cases.sequences[4].logprobs_t06[2] += 0.001
        cases.greedy[1].continuation[5] += 1
        return JSON.stringify(cases)
      })
      edit("grads.json", (text) => {
        const grads = JSON.parse(String(text))
        grads.trajectory.final[0].sum += 0.0013 // what leaving out the weight decay would change
        return JSON.stringify(grads)
      })
      const off = (yield* checkModel(scratch, "lies")).flatMap((check) => check.off)
      assert.lengthOf(off, 3)
      assert.match(off[0], /^lies sequences\[4\]\.logprobs_t06\[2\]: expected -/)
      assert.match(off[1], /^lies greedy\[1\]\.continuation\[5\]: expected \d+, got \d+$/)
      assert.match(off[2], /^lies trajectory\.final model\.embed_tokens\.weight\.sum\[0\]: /)
    })
  )
})

/** Cases worked by hand, with gaps in the mask and rows without a token. */
const byHand = [
  {
    ...{ name: "gaps", fn: "policy_loss" },
    input: {
      old_log_prob: [
        [-1, -1, -1],
        [-1, -1, -1]
      ],
      log_prob: [
        [-1, -2, -1],
        [-2, -2, -2]
      ],
      advantages: [
        [1, 9, 3],
        [5, 5, 5]
      ],
      eos_mask: [
        [1, 0, 1],
        [0, 0, 0]
      ],
      cliprange: "Infinity"
    },
    output: {
      ...{ pg_loss: -2, pg_clipfrac: 0, ppo_kl: 0 },
      grad_log_prob: [
        [-0.5, 0, -1.5],
        [0, 0, 0]
      ]
    }
  },
  {
    ...{ name: "sums", fn: "aggregate" },
    input: {
      loss_mat: [
        [1, 2],
        [3, 4]
      ],
      mask: [
        [1, 1],
        [0, 0]
      ],
      ...{ mode: "seq-mean-token-sum", constant: null }
    },
    output: {
      loss: 1.5,
      grad_loss_mat: [
        [0.5, 0.5],
        [0, 0]
      ]
    }
  },
  {
    ...{ name: "means", fn: "aggregate" },
    input: {
      loss_mat: [
        [1, 2],
        [3, 4]
      ],
      mask: [
        [1, 1],
        [0, 0]
      ],
      ...{ mode: "seq-mean-token-mean", constant: null }
    },
    // the reference divides 0 by 0 for the second row
    output: {
      loss: "NaN",
      grad_loss_mat: [
        [0.25, 0.25],
        ["NaN", "NaN"]
      ]
    }
  },
  { ...{ name: "more", fn: "remax_advantage", extra: true }, input: {}, output: {} }
]

/** A folder with these cases. */
const lossesOf = (name: string, cases: ReadonlyArray<unknown>): string => {
  const folder = join(scratch, name)
  mkdirSync(folder)
  writeFileSync(join(folder, "losses.json"), JSON.stringify({ cases }))
  return folder
}

describe("npm run golden", () => {
  const program = fileURLToPath(new URL("./golden.ts", import.meta.url))
  const golden = (...args: ReadonlyArray<string>) => {
    const { status, stderr, stdout } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" })
    return { status, stderr, lines: stdout.trim().split("\n") }
  }

  it("given a section whose file is not in the folder, then it says so and does not end well", () => {
    const { status, stderr } = golden(scratch, "selection")
    assert.include(stderr, "has no selection.json")
    assert.strictEqual(status, 2)
  })

  it("given losses with gaps and empty rows, then those that are right pass and those beyond the order are told", () => {
    const { lines, status } = golden(lossesOf("by-hand", byHand), "losses")
    assert.deepStrictEqual(lines, [
      "more: remax_advantage is extra, not implemented",
      "losses: 3 passed, 0 failed",
      "losses: 1 skipped, 0 not checked",
      "3 passed, 0 failed"
    ])
    assert.strictEqual(status, 0)
  })

  it("given a loss that is off, one of the wrong form and one that is no number, then these are told and code 1", () => {
    const [gaps, sums] = byHand
    const output = { ...gaps.output, pg_loss: -2.0001 }
    const cases = [
      { ...gaps, output },
      {
        ...sums,
        output: {
          ...sums.output,
          loss: "NaN",
          grad_loss_mat: [
            [0.5, 0.5],
            ["NaN", 0]
          ]
        },
        name: "nan",
        input: {
          ...sums.input,
          mask: [
            [1, 1],
            [1, 0]
          ]
        }
      },
      { ...sums, name: "odd", input: { ...sums.input, mode: "token-median" } }
    ]
    const { lines, status } = golden(lossesOf("lies", cases), "losses")
    assert.match(lines[0], /^off {2}losses gaps pg_loss\[0\]: expected -2.0001, got -2$/)
    assert.match(lines[1], /^off {2}losses nan loss\[0\]: expected NaN, got 3$/)
    assert.match(lines[2], /^off {2}losses nan grad_loss_mat\[2\]: expected NaN, got 0.5$/)
    assert.match(
      lines.slice(3).join(" "),
      /^off {2}losses odd: Expected "token-mean".* at \["mode"\].*losses: 0 passed, 3 failed/
    )
    assert.strictEqual(status, 1)
  })

  it("given a recorded function that is not known, then it is not checked, which is said, and code 2", () => {
    const { lines, status } = golden(lossesOf("unknown", [...byHand, { ...byHand[0], fn: "mystery" }]), "losses")
    assert.include(lines, "     gaps: not checked, for there is no check of mystery")
    assert.include(lines, "losses: 1 skipped, 1 not checked")
    assert.strictEqual(status, 2)
    assert.strictEqual(golden(lossesOf("empty", []), "losses").status, 2)
  })

  it.each([
    ["no JSON", "{", "losses: losses.json cannot be read: "],
    ["a list", "[]", "losses: losses.json cannot be read: Expected object"],
    ["no cases", "{}", "losses.json cannot be read: Missing key"],
    [
      "a case without a name",
      JSON.stringify({ cases: [{ ...byHand[0], name: undefined }] }),
      'at ["cases"][0]["name"]'
    ],
    [
      "a case without an input",
      JSON.stringify({ cases: [{ name: "bare", fn: "gspo" }] }),
      "losses bare: Expected object"
    ]
  ] as const)("given losses that are %s, then it says so in words, and code 1", (name, text, said) => {
    const folder = join(scratch, name.replaceAll(" ", "-"))
    mkdirSync(folder)
    writeFileSync(join(folder, "losses.json"), text)
    const { lines, status, stderr } = golden(folder, "losses")
    assert.include(lines[0], said)
    assert.include(lines.at(-1), "0 passed, 1 failed")
    assert.strictEqual(status, 1)
    assert.notMatch(stderr, /^ +at /m)
  })

  it("given a folder or a section that is not there, then code 2 and why", () => {
    assert.deepInclude(golden(join(scratch, "none")), { status: 2 })
    assert.match(golden(scratch, "loses").stderr, /nothing to check by the name of loses/)
    assert.match(golden(scratch, "malformed").stderr, /has no malformed/)
    assert.match(golden(scratch, "losses").stderr, /has no losses.json/)
  })
})

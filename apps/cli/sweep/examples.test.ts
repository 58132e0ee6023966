import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { miniatureBase } from "../base.ts"
import { asLine } from "../notation.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { examplesOf, type RankedExamples } from "./examples.ts"
import { rankedIn } from "./ranked.ts"

const scratch = scratchFolder()
const notation = asLine(miniatureBase)
const found = (text: string, from: string | null = null) => examplesOf(text, from, notation, rankedIn(scratch))
const messageOf = (text: string, from: string | null = null) =>
  Effect.map(Effect.flip(found(text, from)), ({ message }) => message)

const written = (...lines: ReadonlyArray<string>): string => {
  const path = join(scratch, "examples.jsonl")
  writeFileSync(path, lines.join("\n"))
  return path
}

const own = '{"prompt": "48+14-21=?\\n", "answer": "41"}'

describe("the examples of a sweep", () => {
  it.effect(
    "given a file of names and examples, then each once, an example named by what it says and not by its line",
    () =>
      Effect.gen(function* () {
        const examples = yield* found(written("two:1", "", own, "two:1"))
        assert.deepStrictEqual(
          examples.map(({ answer }) => answer),
          [examples[0].answer, "41"]
        )
        assert.strictEqual(examples[0].promptId, "two:1")
        assert.match(examples[1].promptId, /^file:[0-9a-f]{8}$/)
        const [moved, other] = yield* found(written(own, own.replace("41", "42")))
        assert.strictEqual(moved.promptId, examples[1].promptId)
        assert.notStrictEqual(other.promptId, moved.promptId)
      })
  )

  it.effect("given a line that is none, then refused with the line and the nearest name", () =>
    Effect.gen(function* () {
      assert.match(
        yield* messageOf(written("two:1", "tow:1")),
        /examples\.jsonl, line 2, "tow:1".*Did you mean "two:1"/
      )
      assert.match(yield* messageOf(written('{"prompt": "1+1=?"}')), /line 1: it has no answer/)
      assert.match(yield* messageOf(written("", "")), /it holds no example/)
      assert.match(yield* messageOf(join(scratch, "none.jsonl")), /there is no such file/)
    })
  )

  it.effect("given ranks of a file of accuracies whose indices are names of the pool, then these, best first", () =>
    Effect.gen(function* () {
      const path = join(scratch, "accuracies.json")
      writeFileSync(
        path,
        JSON.stringify({ "two:1": [0.4, 0.5], "chain:0": [0, 1], "prec:5": [0.1, 0.6], nobody: [0, 0.9] })
      )
      const examples = yield* found("rank:1-1", path)
      assert.deepStrictEqual(
        examples.map(({ promptId }) => promptId),
        ["chain:0"]
      )
      assert.include(yield* messageOf("rank:1-3", path), "there is no example of this name")
      for (const text of ["rank:1-5", "rank:5-5", "rank:1-999999999"])
        assert.include(yield* messageOf(text, path), "the ranking goes from 1 to 4")
    })
  )

  it.effect("given ranks, then whoever ranks is asked for them; without --from, or with it and no ranks, refused", () =>
    Effect.gen(function* () {
      const ranked: RankedExamples<never, never> = ({ first, from, last }) =>
        Effect.succeed([{ promptId: `${from}:${first}-${last}`, text: "1+1=?\n", answer: "2" }])
      const [example] = yield* examplesOf("rank:2-5", "acc.json", notation, ranked)
      assert.strictEqual(example.promptId, "acc.json:2-5")
      assert.include(yield* messageOf("rank:2-5"), "--from FILE or --from RUN")
      assert.include(yield* messageOf("two:1", "acc.json"), "--from goes with --examples rank:1-16")
    })
  )
})

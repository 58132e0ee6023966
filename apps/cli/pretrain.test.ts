import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loadBase } from "./base.ts"
import { miniature } from "./pretrain/miniature.ts"
import { type PretrainStep, pretrain } from "./pretrain.ts"

const scratch = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "onefold-pretrain-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

describe("pretrain", () => {
  it.live("given two very short phases, then a folder that a run can start from, with its card", () =>
    Effect.gen(function* () {
      const out = join(yield* scratch, "made", "here")
      const steps: Array<PretrainStep> = []
      const phases = [
        { name: "first", openers: false, steps: 3, learningRate: 0.1 },
        { name: "second", openers: true, steps: 1, learningRate: 0.1 }
      ]
      const onProgress = (step: PretrainStep) => Effect.sync(() => void steps.push(step))
      const made = yield* pretrain({ out, seed: 9, phases, problemsPerFamily: 1, onProgress })

      const base = yield* loadBase(out)
      assert.deepStrictEqual(base.config, miniature)
      assert.strictEqual(base.weightsHash, made.sha256)
      const files = yield* Effect.promise(() => readdir(out))
      assert.sameMembers(files, [
        ...["README.md", "config.json", "generation_config.json"],
        ...["model.safetensors", "tokenizer.json", "tokenizer_config.json"]
      ])
      const model = yield* Effect.promise(() => readFile(join(out, "model.safetensors")))
      assert.strictEqual(createHash("sha256").update(model).digest("hex"), made.sha256)
      const card = yield* Effect.promise(() => readFile(join(out, "README.md"), "utf8"))
      for (const fact of [made.sha256, "--seed 9", "first: 3 steps", "| all | "]) assert.include(card, fact)
      assert.deepStrictEqual(
        steps.map(({ step }) => step),
        [1, 2, 3, 4]
      )
      assert.isBelow(steps[2].loss, steps[0].loss)
    })
  )

  it.live("given a folder that cannot be made, then it is refused before any step", () =>
    Effect.gen(function* () {
      const file = join(yield* scratch, "file")
      yield* Effect.promise(() => writeFile(file, ""))
      const onProgress = () => Effect.die("it began to train")
      const failure = yield* Effect.flip(pretrain({ out: join(file, "base"), onProgress }))
      assert.strictEqual(failure._tag, "CheckpointUnwritable")
      assert.include(failure.message, "file")
    })
  )
})

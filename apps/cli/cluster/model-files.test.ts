/** A model travels as two artifacts, and is laid out where nobody has seen it. */
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { loadBase, miniatureBase } from "../base.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { baseOnWorker, storeModelFiles } from "./model-files.ts"

const scratch = scratchFolder()
const own = join(scratch, "own-model")
mkdirSync(own)
cpSync(miniatureBase, own, { recursive: true })
const blobs = layerLocal(join(scratch, "blobs"))

const handedOver = Effect.gen(function* () {
  const base = yield* loadBase(own)
  const files = yield* storeModelFiles(base)
  const hash = yield* (yield* Artifacts).store(base.weights)
  assert.isNotNull(files)
  return { base, model: { name: "/nowhere/model", hash, files: files ?? "" } }
})

const bundle = (files: Readonly<Record<string, string>>, format = 1) =>
  new TextEncoder().encode(JSON.stringify({ format, files }))

describe("a model's files", () => {
  it.effect("given the miniature, then nothing travels, for every worker has it", () =>
    Effect.gen(function* () {
      assert.isNull(yield* storeModelFiles(yield* loadBase(miniatureBase)))
    }).pipe(Effect.provide(blobs))
  )

  it.effect("given two who lay it out at once, then both have the model, whole, and nothing else is left", () =>
    Effect.gen(function* () {
      const { base, model } = yield* handedOver
      const root = join(scratch, "models")
      const both = yield* Effect.all([baseOnWorker({ model }, root), baseOnWorker({ model }, root)], { concurrency: 2 })
      for (const found of both) {
        assert.strictEqual(found.weightsHash, base.weightsHash)
        assert.strictEqual(found.tokenizerHash, base.tokenizerHash)
        assert.deepStrictEqual(found.config, base.config)
        assert.deepStrictEqual([...found.files.keys()], [...base.files.keys()])
      }
      assert.strictEqual(readdirSync(root).length, 1)
    }).pipe(Effect.provide(blobs))
  )

  it.effect.each([
    ["a name that leads out", bundle({ "../escaped.json": "" })],
    ["a name of the folder above", bundle({ "..": "" })],
    ["an absolute name", bundle({ "/tmp/escaped.json": "" })],
    ["another format", bundle({ "config.json": "" }, 2)],
    ["no JSON", new TextEncoder().encode("weights")]
  ] as const)("given a bundle with %s, then it is refused by its hash and nothing is written", ([name, bytes]) =>
    Effect.gen(function* () {
      const { model } = yield* handedOver
      const files = yield* (yield* Artifacts).store(bytes)
      const root = join(scratch, `models ${name}`)
      const failure = yield* Effect.flip(baseOnWorker({ model: { ...model, files } }, root))
      assert.include(String(failure), files)
      assert.strictEqual(failure._tag, "ArtifactUnreadable")
      assert.isFalse(existsSync(root))
      assert.isFalse(existsSync(join(scratch, "escaped.json")))
    }).pipe(Effect.provide(blobs))
  )
})

import { mkdtempSync, rmSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { commit, dataRepo, hubServer } from "../../policy/checkpoint/hub-server.fixture.ts"
import type { ModelSettings } from "../../policy/checkpoint/model-source.ts"
import { locateDataFile, meantBy } from "../hub-data-file.ts"
import { hubTrainingSetOf } from "./hub-training-set.ts"
import { readTrainingSet } from "./read-training-set.ts"

const one = "data/one-00000-of-00001.jsonl"

/** A hub with a data set of these files, and an empty cache. */
const world = (names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const cache = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "hub-set-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
    )
    const row = Buffer.from('{"problem":"1+1?","answer":"2","index":5}\n')
    const { close, hub } = yield* hubServer(new Map(names.map((name) => [name, row])))
    const settings: ModelSettings = { endpoint: hub.endpoint, token: null, cache, offline: false }
    return { cache, close, hub, settings }
  })

const locate = (name: string, settings: ModelSettings) => {
  const found = hubTrainingSetOf(name)
  return found === null ? Effect.die(`${name} names no data set`) : locateDataFile(found, settings)
}

describe("a training set of the hub", () => {
  it.live("given its name and one file, then that file comes by commit and is read", () =>
    Effect.gen(function* () {
      const { cache, settings } = yield* world([one, "README.md"])
      const path = yield* locate(dataRepo, settings)
      assert.strictEqual(path, join(cache, "datasets--owner--tiny-data", commit, one))
      assert.strictEqual((yield* readTrainingSet(path)).examples[0].index, "5")
    })
  )

  it.live("given no network, then what is there serves, and else it says what to do", () =>
    Effect.gen(function* () {
      const { close, settings } = yield* world([one])
      const path = yield* locate(`${dataRepo}:one`, settings)
      close()
      assert.strictEqual(yield* locate(`${dataRepo}:one.jsonl`, settings), path)
      assert.strictEqual(yield* locate(dataRepo, { ...settings, offline: true }), path)
      const refused = yield* Effect.flip(locate("owner/other", { ...settings, offline: true }))
      assert.include(refused.message, "does not hold it whole; give a file, or run once with network")
    })
  )

  it.live("given several files, then one has to be named, and it says which there are", () =>
    Effect.gen(function* () {
      const { settings } = yield* world([one, "two.jsonl"])
      for (const name of [dataRepo, `${dataRepo}:three`])
        assert.include((yield* Effect.flip(locate(name, settings))).message, `it has ${one}, two.jsonl`)
      assert.isTrue((yield* locate(`${dataRepo}:two`, settings)).endsWith("two.jsonl"))
    })
  )

  it.live("given bytes of another hash than the hub says, then they are thrown away", () =>
    Effect.gen(function* () {
      const { cache, hub, settings } = yield* world([one])
      hub.hashes.set(one, "a".repeat(40))
      assert.include((yield* Effect.flip(locate(dataRepo, settings))).message, "came with the hash")
      const path = join(cache, "datasets--owner--tiny-data", commit, one)
      assert.isNull(yield* Effect.promise(() => readFile(path).catch(() => null)))
    })
  )

  it("given names, then those of files are no data sets", () => {
    assert.deepInclude(hubTrainingSetOf("a/b@v1:c.parquet"), { file: "c.parquet" })
    assert.deepInclude(hubTrainingSetOf("a/b@v1")?.id, { repo: "datasets/a/b", revision: "v1" })
    for (const name of ["a/b.parquet", "b.jsonl", "../a/b", "a/b:c:d", "two:1"])
      assert.isNull(hubTrainingSetOf(name), name)
  })

  it("given a name, then the path itself wins, and shards of that name are meant too", () => {
    const paths = ["dsr_sub.parquet", "old/dsr_sub.parquet", "data/pi1_r128-00000-of-00001.parquet", "x.csv"]
    assert.deepStrictEqual(meantBy("dsr_sub.parquet", paths), ["dsr_sub.parquet"])
    assert.deepStrictEqual(meantBy("dsr_sub", paths), ["dsr_sub.parquet", "old/dsr_sub.parquet"])
    assert.deepStrictEqual(meantBy("pi1_r128.parquet", paths), [paths[2]])
    assert.lengthOf(meantBy(null, paths), 3)
    assert.deepStrictEqual(meantBy("old/dsr_sub", paths), ["old/dsr_sub.parquet"])
    assert.deepStrictEqual(meantBy("new/dsr_sub.parquet", paths), [])
  })
})

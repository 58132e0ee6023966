import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { config, sharded, temporaryFolder, weights } from "./altered-checkpoint.fixture.ts"
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts"
import { commit, hubServer, repo } from "./hub-server.fixture.ts"
import { hubIdOf, locateModel, type ModelSettings } from "./model-source.ts"

const weightsFile = "model.safetensors"

/** A hub with the small model, and settings to reach it with an empty cache. */
const world = Effect.gen(function* () {
  const parent = yield* temporaryFolder
  const original = join(parent, "original")
  yield* writeCheckpoint(original, config, weights)
  const files = new Map<string, Uint8Array>([
    ["tokenizer.json", Buffer.from("{}")],
    ["README.md", Buffer.from("# A model")],
    ["pytorch_model.bin", Buffer.alloc(10)]
  ])
  for (const name of yield* Effect.promise(() => readdir(original)))
    files.set(name, yield* Effect.promise(() => readFile(join(original, name))))
  const { close, hub } = yield* hubServer(files)
  const cache = join(parent, "cache")
  const settings: ModelSettings = { endpoint: hub.endpoint, token: null, cache, offline: false }
  return { parent, original, hub, close, cache, settings, folder: join(cache, "owner--tiny-model", commit) }
})

const ranges = (hub: {
  readonly asked: ReadonlyArray<{ readonly path: string; readonly range: string | undefined }>
}) =>
  hub.asked.filter(({ path, range }) => path.endsWith(weightsFile) && range !== "bytes=0-0").map(({ range }) => range)

describe("locateModel", () => {
  it.live("given an id, then its files come by commit, only those that are needed, and it loads", () =>
    Effect.gen(function* () {
      const { folder, hub, settings } = yield* world
      const located = yield* locateModel(repo, settings)
      assert.deepStrictEqual(located, { folder, hub: { repo, revision: "main", commit } })
      assert.deepStrictEqual((yield* readCheckpoint(folder)).weights, weights)
      const names = (yield* Effect.promise(() => readdir(folder))).sort()
      assert.deepStrictEqual(names, [
        "complete.json",
        "config.json",
        "generation_config.json",
        weightsFile,
        "tokenizer.json"
      ])
      assert.isTrue(hub.asked.every(({ authorization }) => authorization === undefined))
    })
  )

  it.live("given a revision, then its commit; and a commit that is there is not asked for again", () =>
    Effect.gen(function* () {
      const { hub, settings } = yield* world
      assert.strictEqual((yield* locateModel(`${repo}@v1.0`, settings)).hub?.commit, commit)
      const before = hub.asked.length
      yield* locateModel(`${repo}@${commit}`, settings)
      assert.strictEqual(hub.asked.length, before)
      yield* locateModel(repo, settings)
      assert.strictEqual(hub.asked.length, before + 1) // what main is now
    })
  )

  it.live("given shards, then those that the index names", () =>
    Effect.gen(function* () {
      const { folder, hub, original, settings } = yield* world
      yield* Effect.promise(() => sharded(() => ({}))(original))
      hub.files.delete(weightsFile)
      for (const name of ["s0.safetensors", "s1.safetensors", "model.safetensors.index.json"])
        hub.files.set(name, yield* Effect.promise(() => readFile(join(original, name))))
      hub.files.set("other.safetensors", Buffer.alloc(4))
      yield* locateModel(repo, settings)
      assert.deepStrictEqual((yield* readCheckpoint(folder)).weights, weights)
      assert.notInclude(yield* Effect.promise(() => readdir(folder)), "other.safetensors")
    })
  )

  it.live("given a connection that is cut twice, then it goes on where it was, and the whole is right", () =>
    Effect.gen(function* () {
      const { folder, hub, settings } = yield* world
      hub.cuts.set(weightsFile, [1000, 500])
      const received: Array<number> = []
      const progress: ModelSettings["progress"] = (file) => {
        if (file.path === weightsFile) received.push(file.received)
      }
      yield* locateModel(repo, { ...settings, progress })
      const size = hub.files.get(weightsFile)?.length ?? 0
      assert.deepStrictEqual(ranges(hub), [undefined, `bytes=1000-${size - 1}`, `bytes=1500-${size - 1}`])
      assert.deepStrictEqual(received.slice(0, 2), [1000, 1500])
      assert.strictEqual(received[received.length - 1], size)
      assert.deepStrictEqual((yield* readCheckpoint(folder)).weights, weights)
    })
  )

  it.live("given a connection that is cut every time, then nothing counts as there, and the next run goes on", () =>
    Effect.gen(function* () {
      const { folder, hub, settings } = yield* world
      hub.cuts.set(weightsFile, [100, 100, 100, 100, 100])
      const error = yield* Effect.flip(locateModel(repo, settings))
      assert.include(error.message, "run it again; what was downloaded is kept")
      const names = yield* Effect.promise(() => readdir(folder))
      assert.include(names, `${weightsFile}.part`)
      assert.notInclude(names, weightsFile)
      assert.notInclude(names, "complete.json")
      const before = ranges(hub).length
      yield* locateModel(repo, settings)
      const size = hub.files.get(weightsFile)?.length ?? 0
      assert.deepStrictEqual(ranges(hub).slice(before), [`bytes=500-${size - 1}`])
      assert.deepStrictEqual((yield* readCheckpoint(folder)).weights, weights)
    })
  )

  it.live.each([
    ["weights", weightsFile, "a".repeat(64)],
    ["a small file", "config.json", "b".repeat(40)]
  ] as const)(
    "given %s of another hash than the hub says, then they are thrown away and it says so",
    ([, file, hash]) =>
      Effect.gen(function* () {
        const { folder, hub, settings } = yield* world
        hub.hashes.set(file, hash)
        const error = yield* Effect.flip(locateModel(repo, settings))
        assert.include(error.message, `${file} came with the hash`)
        assert.include(error.message, hash)
        const names = yield* Effect.promise(() => readdir(folder))
        assert.isFalse(names.some((name) => name.startsWith(file) || name === "complete.json"))
      })
  )

  it.live("given a server that ignores where to go on, then what it sends is not taken for the rest", () =>
    Effect.gen(function* () {
      const { folder, hub, settings } = yield* world
      hub.ignoresRanges = true
      hub.cuts.set(weightsFile, [1000])
      const error = yield* Effect.flip(locateModel(repo, settings))
      assert.include(error.message, "longer than the")
      assert.notInclude(yield* Effect.promise(() => readdir(folder)), `${weightsFile}.part`)
      yield* locateModel(repo, settings)
      assert.deepStrictEqual((yield* readCheckpoint(folder)).weights, weights)
    })
  )

  it.live("given a file that went away from the cache, then it comes again", () =>
    Effect.gen(function* () {
      const { folder, settings } = yield* world
      yield* locateModel(repo, settings)
      yield* Effect.promise(() => writeFile(join(folder, weightsFile), "short"))
      yield* locateModel(repo, settings)
      assert.deepStrictEqual((yield* readCheckpoint(folder)).weights, weights)
    })
  )

  it.live("given no network, then the cache serves what it has, and else it says what to do", () =>
    Effect.gen(function* () {
      const { cache, close, folder, settings } = yield* world
      yield* locateModel(repo, settings)
      close()
      assert.strictEqual((yield* locateModel(repo, settings)).folder, folder)
      assert.strictEqual((yield* locateModel(repo, { ...settings, offline: true })).folder, folder)
      const other = yield* Effect.flip(locateModel("owner/other", settings))
      assert.include(other.message, `owner/other cannot be had: ${settings.endpoint} cannot be reached`)
      assert.include(other.message, `${cache} does not hold it whole; give a folder, or run once with network`)
      for (const name of ["owner/other", `${repo}@v9`, `${repo}@${"f".repeat(40)}`]) {
        const error = yield* Effect.flip(locateModel(name, { ...settings, offline: true }))
        assert.include(error.message, "give a folder, or run once with network")
      }
    })
  )

  it.live("given a gated model, then it asks for HF_TOKEN, and with one it comes; the token is never shown", () =>
    Effect.gen(function* () {
      const { hub, settings } = yield* world
      hub.token = "hf_secretsecret"
      const none = yield* Effect.flip(locateModel(repo, settings))
      assert.include(none.message, "without a token (status 401)")
      assert.include(none.message, "set HF_TOKEN")
      const wrong = { ...settings, token: Redacted.make("hf_wrongwrong") }
      const refused = yield* Effect.flip(locateModel(repo, wrong))
      assert.include(refused.message, "with the token that is set")
      const odd = yield* Effect.flip(locateModel(repo, { ...settings, token: Redacted.make("secretsecret") }))
      assert.include(odd.message, "begins with hf_")
      for (const error of [none, refused, odd])
        assert.notMatch(JSON.stringify(error) + String(error), /wrongwrong|secretsecret/)
      const given = { ...settings, token: Redacted.make("hf_secretsecret") }
      assert.strictEqual((yield* locateModel(repo, given)).hub?.commit, commit)
      assert.notInclude(JSON.stringify(given), "secret")
    })
  )

  it.live.each([
    ["owner/nothing", "the hub has no model of owner/nothing at main"],
    [`${repo}@v9`, "the hub has no model of owner/tiny-model at v9"],
    [`${repo}@${"f".repeat(40)}`, "the hub has no list of files"]
  ] as const)("given %s, which the hub has not, then it says so", ([name, reason]) =>
    Effect.gen(function* () {
      const { settings } = yield* world
      assert.include((yield* Effect.flip(locateModel(name, settings))).message, reason)
    })
  )

  it.live("given a model without safetensors, then it says so", () =>
    Effect.gen(function* () {
      const { hub, settings } = yield* world
      hub.files.delete(weightsFile)
      const { message } = yield* Effect.flip(locateModel(repo, settings))
      assert.include(message, "it has neither model.safetensors nor model.safetensors.index.json")
    })
  )

  it.live("given a folder, then it wins over an id, and the hub is not asked", () =>
    Effect.gen(function* () {
      const { hub, original, parent, settings } = yield* world
      assert.deepStrictEqual(yield* locateModel(original, settings), { folder: original, hub: null })
      const file = yield* Effect.flip(locateModel(join(original, "config.json"), settings))
      assert.include(file.message, "it is a file")
      const gone = yield* Effect.flip(locateModel(join(parent, "gone"), settings))
      assert.include(gone.message, "there is no such folder; give a model's folder, or its id on the hub")
      assert.deepStrictEqual(hub.asked, [])
    })
  )

  it.live("given a cache that cannot be written, then it says so", () =>
    Effect.gen(function* () {
      const { parent, settings } = yield* world
      yield* Effect.promise(() => mkdir(join(parent, "taken"), { recursive: true }))
      yield* Effect.promise(() => writeFile(join(parent, "taken", "owner--tiny-model"), ""))
      const { message } = yield* Effect.flip(locateModel(repo, { ...settings, cache: join(parent, "taken") }))
      assert.include(message, "the cache cannot be used")
    })
  )
})

describe("hubIdOf", () => {
  it("given ids, then their parts", () => {
    const name = "Qwen/Qwen2.5-Math-1.5B"
    assert.deepStrictEqual(hubIdOf(name), { name, repo: name, revision: "main" })
    assert.strictEqual(hubIdOf(`${name}@refs/pr/3`)?.revision, "refs/pr/3")
  })

  it.each([
    "",
    "gpt2",
    "./a/b",
    "../a",
    "a/../b",
    "a/b/c",
    "a/b@",
    "a/b@..",
    "a/b@x/../y",
    "/a/b",
    "a\\b",
    "a/b@-x",
    "a/ b"
  ])("given %j, then it is none", (name) => {
    assert.isNull(hubIdOf(name))
  })
})

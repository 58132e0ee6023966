import { createHash } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { grade } from "../../grading/grade.ts"
import { commit, dataRepo, hubServer } from "../../policy/checkpoint/hub-server.fixture.ts"
import { families } from "../miniature/problem.ts"
import { testProblems } from "../miniature/problems.ts"
import { parquetOf } from "../parquet-writer.fixture.ts"
import { file, jsonl, load, nowhere, scratch, written } from "./benchmarks.fixture.ts"
import type { CatalogueEntry } from "./catalogue.ts"
import { loadEntry } from "./load-benchmark.ts"
import { expandNames } from "./names.ts"
import { readBenchmark } from "./read-benchmark.ts"

const shared = fileURLToPath(new URL("../../../../shared/data/benchmarks/", import.meta.url))
const hasShared = existsSync(join(shared, "math500.jsonl"))
const title = (words: string): string => (hasShared ? words : `${words} (skipped: no benchmarks in ../shared)`)

const sha256 = (text: string | Uint8Array): string => createHash("sha256").update(text).digest("hex")
const rows = [
  { id: "x", problem: "1+1?", answer: "2", topic: "sums" },
  { id: "y", problem: "2*2?", answer: "4", topic: "products" },
  { id: "z", problem: "3-1?", answer: "2" }
]
const hub = { repo: dataRepo, revision: commit, file: "main/test.jsonl", sha256: sha256(jsonl(rows)) }
const form = { group: "topic", ids: "place", gold: "plain" } as const

/** A benchmark as one of the catalogue, whose content is `rows`. */
const pinned = Effect.map(
  readBenchmark(file(rows), "tiny", form),
  ({ sha256 }): CatalogueEntry => ({ ...form, name: "tiny", title: "Tiny", kind: "math", problems: 3, sha256, hub })
)
const whole = { dataDir: null, limit: null }
const folder = (): string => mkdtempSync(join(scratch, "data-"))
const inFolder = (name: string, content: string | Uint8Array, dataDir = folder()) => {
  written(join(dataDir.slice(scratch.length), name), content)
  return dataDir
}

describe("a benchmark by its name, from a folder", () => {
  it.effect("given its content as lines or as parquet, then its problems by place and group", () =>
    Effect.gen(function* () {
      const tiny = yield* pinned
      const dataDir = inFolder("tiny.jsonl", jsonl(rows))
      const loaded = yield* loadEntry(tiny, { ...whole, dataDir }, nowhere)
      assert.deepStrictEqual(loaded, {
        name: "tiny",
        title: "Tiny",
        kind: "math",
        dataName: "tiny",
        source: join(dataDir, "tiny.jsonl"),
        sha256: tiny.sha256,
        total: 3,
        problems: [
          { id: "tiny/0", group: "sums", problem: "1+1?", answer: "2" },
          { id: "tiny/1", group: "products", problem: "2*2?", answer: "4" },
          { id: "tiny/2", group: "tiny", problem: "3-1?", answer: "2" }
        ]
      })
      const columns = {
        problem: rows.map(({ problem }) => problem),
        answer: rows.map(({ answer }) => answer),
        topic: rows.map(({ topic = "" }) => topic)
      }
      const parquet = inFolder("tiny.parquet", parquetOf(columns))
      assert.strictEqual((yield* loadEntry(tiny, { ...whole, dataDir: parquet }, nowhere)).sha256, tiny.sha256)
    })
  )

  it.effect("given a limit, then the first so many, of the same whole", () =>
    Effect.gen(function* () {
      const tiny = yield* pinned
      const dataDir = inFolder("tiny.jsonl", jsonl(rows))
      for (const limit of [1, 2, 3, 9]) {
        const { problems, sha256, total } = yield* loadEntry(tiny, { dataDir, limit }, nowhere)
        assert.deepStrictEqual([problems.length, sha256, total], [Math.min(limit, 3), tiny.sha256, 3])
      }
    })
  )

  it.effect("given another content, then it is refused with both hashes, and a way to use it", () =>
    Effect.gen(function* () {
      const tiny = yield* pinned
      const [first, ...others] = rows
      const instead = [{ answer: "3" }, { problem: "1+2?" }, { topic: "sum" }].map((change) => ({
        ...first,
        ...change
      }))
      for (const changed of [others, [...rows].reverse(), ...instead.map((row) => [row, ...others])]) {
        const dataDir = inFolder("tiny.jsonl", jsonl(changed))
        const refused = yield* Effect.flip(loadEntry(tiny, { ...whole, dataDir }, nowhere))
        const { sha256 } = yield* readBenchmark(join(dataDir, "tiny.jsonl"), "tiny", form)
        assert.deepInclude(refused, { _tag: "BenchmarkInvalid", reason: "hash", file: join(dataDir, "tiny.jsonl") })
        for (const said of [sha256, tiny.sha256, "--sets"]) assert.include(refused.message, said)
      }
    })
  )

  it.effect.skipIf(!hasShared)(
    title("given a copy of MATH-500 without subjects, then it is MATH-500; one altered, not"),
    () =>
      Effect.gen(function* () {
        const lines = readFileSync(join(shared, "math500.jsonl"), "utf8").trimEnd().split("\n")
        const copy = (subjectOf: (subject: string, place: number) => string | undefined) =>
          inFolder(
            "math500.jsonl",
            jsonl(
              lines.map((line, place) => {
                const { answer, problem, subject } = JSON.parse(line)
                return { problem, answer, subject: subjectOf(subject, place) }
              })
            )
          )
        const { problems } = yield* load("math500", { dataDir: copy(() => undefined) })
        assert.deepStrictEqual(new Set(problems.map(({ group }) => group)), new Set(["math500"]))
        for (const altered of [
          copy((subject, place) => (place === 3 ? "Other" : subject)),
          copy((subject, place) => (place === 3 ? undefined : subject))
        ])
          assert.deepInclude(yield* Effect.flip(load("math500", { dataDir: altered })), { reason: "hash" })
      })
  )

  it.effect("given SHA256SUMS beside it, then the file's bytes are held to its line, if it has one", () =>
    Effect.gen(function* () {
      const tiny = yield* pinned
      const content = jsonl(rows)
      const withSums = (sums: string) => {
        const dataDir = inFolder("SHA256SUMS", sums, inFolder("tiny.jsonl", content))
        return { sums: join(dataDir, "SHA256SUMS"), loaded: loadEntry(tiny, { ...whole, dataDir }, nowhere) }
      }
      const [right, other] = [sha256(content), "0".repeat(64)]
      for (const sums of [`${right}  tiny.jsonl\n`, `${other}  b.jsonl\n${right.toUpperCase()} *./tiny.jsonl\n`, ""])
        assert.strictEqual((yield* withSums(sums).loaded).total, 3)
      assert.strictEqual((yield* withSums(`${other}  b.jsonl\n`).loaded).total, 3)
      const bad = withSums(`${right}  b.jsonl\n${other}  tiny.jsonl\n`)
      const refused = yield* Effect.flip(bad.loaded)
      assert.deepInclude(refused, { reason: "hash" })
      assert.include(refused.message, `SHA-256 ${right}, but line 2 of ${bad.sums} says ${other}`)
      const torn = withSums(`${right}  tiny.jsonl\nabc tiny.jsonl\n`)
      assert.deepInclude(yield* Effect.flip(torn.loaded), { file: torn.sums, line: 2, reason: "malformed" })
    })
  )

  it.effect("given a folder that does not have it, then it says which file is missing", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(load("AIME-24", { dataDir: scratch }))
      assert.deepInclude(refused, { reason: "unreadable", file: join(scratch, "aime24.jsonl") })
      assert.include(refused.message, "there is no such file, and no aime24.parquet either. Name the folder")
    })
  )
})

describe("a benchmark by its name, from the hub", () => {
  const world = (content: string, cache = folder()) =>
    Effect.gen(function* () {
      const files = new Map([
        ["main/test.jsonl", Buffer.from(content)],
        ["socratic/test.jsonl", Buffer.from(jsonl(rows.slice(1)))]
      ])
      const server = yield* hubServer(files)
      return { ...server, settings: { endpoint: server.hub.endpoint, token: null, cache, offline: false } }
    })

  it.live("given its commit and file, then it comes by them, is kept, and serves without network", () =>
    Effect.gen(function* () {
      const tiny = yield* pinned
      const { close, hub: server, settings } = yield* world(jsonl(rows))
      const loaded = yield* loadEntry(tiny, whole, settings)
      assert.strictEqual(loaded.source, `${dataRepo}@${commit}:main/test.jsonl`)
      assert.deepStrictEqual([loaded.total, loaded.sha256], [3, tiny.sha256])
      assert.isTrue(server.asked.every(({ path }) => !path.includes("/revision/")))
      const other = { ...tiny, hub: { ...hub, file: "socratic/test.jsonl", sha256: null } }
      assert.include((yield* Effect.flip(loadEntry(other, whole, settings))).message, "socratic/test.jsonl: it is not")
      close()
      assert.deepStrictEqual(yield* loadEntry(tiny, whole, { ...settings, offline: true }), loaded)
    })
  )

  it.live("given other bytes than those pinned, or other problems, then they are refused with the hashes", () =>
    Effect.gen(function* () {
      const tiny = yield* pinned
      const loose = `${jsonl(rows)}\n`
      const bytes = yield* Effect.flip(loadEntry(tiny, whole, (yield* world(loose)).settings))
      assert.deepInclude(bytes, { reason: "hash", line: null })
      for (const said of [sha256(loose), hub.sha256, "the catalogue of tiny"]) assert.include(bytes.message, said)
      const unpinned = { ...tiny, hub: { ...hub, sha256: null } }
      assert.strictEqual((yield* loadEntry(unpinned, whole, (yield* world(loose)).settings)).total, 3)
      const others = yield* Effect.flip(loadEntry(unpinned, whole, (yield* world(jsonl(rows.slice(1)))).settings))
      assert.include(others.message, "it is not Tiny: its 2 problems have the hash")
    })
  )

  it.effect("given no commit that is known to have it, then the hub is not asked at all", () =>
    Effect.gen(function* () {
      for (const name of ["minerva", "olympiad", "aime25"]) {
        const refused = yield* Effect.flip(load(name, {}, { ...nowhere, offline: false }))
        assert.deepInclude(refused, { _tag: "ModelUnavailable", kind: "missing" })
        assert.match(
          refused.message,
          /no commit of .* is known to have its \d+ problems as they are pinned; name a folder/
        )
      }
    })
  )
})

describe("a benchmark by the path of a file", () => {
  it.effect("given any name, then the file's in small letters; one that is taken gets _own behind it", () =>
    Effect.gen(function* () {
      const named = (name: string) => load(written(name, jsonl(rows)))
      assert.deepInclude(yield* named("My set!-00000-of-00001.JSONL"), { name: "my_set_", kind: "math", total: 3 })
      assert.deepInclude(yield* named("Minerva-Math.jsonl"), { name: "minerva_math_own", dataName: "minerva_math" })
      assert.deepInclude(yield* named("chain.jsonl"), { name: "chain_own", kind: "math" })
    })
  )
})

describe("the miniature's families", () => {
  it.effect("given a seed and a count, then the test problems of that seed, family by family", () =>
    Effect.gen(function* () {
      const [seed, perFamily] = [1234, 4]
      const loaded = yield* Effect.forEach(expandNames(["Miniature", "two"]), (name) =>
        load(name, { testSeed: seed, perFamily })
      )
      assert.deepStrictEqual(
        loaded.map(({ name, kind, total }) => [name, kind, total]),
        families.map((family) => [family, "miniature", 4])
      )
      assert.deepStrictEqual(
        loaded.flatMap(({ problems }) => problems),
        testProblems({ seed, perFamily }).map(({ answer, family, id, prompt }) => ({
          id,
          group: family,
          problem: prompt,
          answer
        }))
      )
      const [a, b] = [yield* load("SEQ", { limit: 2 }), yield* load("seq", { testSeed: 8 })]
      assert.deepStrictEqual([a.problems.length, a.total], [2, 5])
      assert.notStrictEqual(a.sha256, b.sha256)
      assert.deepInclude(yield* Effect.flip(load("seq", { perFamily: 0 })), { reason: "empty" })
    })
  )
})

describe.skipIf(!hasShared)(title("the paper's six benchmarks"), () => {
  it.effect.each([
    ["math500", 500, 7, 499],
    ["aime24", 30, 1, 30],
    ["aime25", 30, 1, 30],
    ["amc23", 40, 1, 40],
    ["minerva_math", 272, 9, 271],
    ["olympiadbench", 675, 4, 675]
  ] as const)("given %s, then its %i problems in %i groups; %i golds pass Qwen's grader, all pass exact", (row) =>
    Effect.gen(function* () {
      const [name, count, groups, passed] = row
      const { dataName, problems, source, total } = yield* load(name, { dataDir: shared })
      assert.deepStrictEqual([total, problems.length, source], [count, count, join(shared, `${name}.jsonl`)])
      assert.strictEqual(new Set(problems.map(({ group }) => group)).size, groups)
      assert.deepStrictEqual([problems[0].id, problems[count - 1].id], [`${name}/0`, `${name}/${count - 1}`])
      const right = (mode: "exact" | "deepscaler" | "qwen") =>
        problems.filter(
          ({ answer, id }) =>
            grade({ id, text: `\\boxed{${answer}}`, reference: answer, mode, dataName }).verdict === "correct"
        ).length
      assert.deepStrictEqual([right("exact"), right("deepscaler"), right("qwen")], [count, count, passed])
      const byPath = yield* load(join(shared, `${name}.jsonl`), { limit: 1 })
      assert.deepInclude(byPath, { name, total: count })
    })
  )

  it.effect("given golds that are written as 27.0 or 025, then the whole number", () =>
    Effect.gen(function* () {
      for (const name of ["amc23", "aime24"])
        for (const { answer } of (yield* load(name, { dataDir: shared })).problems) assert.match(answer, /^-?[1-9]\d*$/)
    })
  )
})

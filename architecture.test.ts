/**
 * The folders are the architecture, and this test holds the code to it: who may import whom, and which library has
 * which one file. See ARCHITECTURE.md.
 */
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = import.meta.dirname
/** Each level may import itself and those before it. */
const levels = ["schemas", "learning", "platform", "pipelines", "apps"] as const
type Level = (typeof levels)[number]

interface Source {
  readonly path: string
  readonly text: string
  /** What it imports: paths from the root for our own files, names for packages. */
  readonly imports: ReadonlyArray<{ readonly target: string; readonly own: boolean; readonly typeOnly: boolean }>
}

const importPattern =
  /^\s*(?:import|export)\s+(type\s+)?[^"'`;]*?from\s+["']([^"']+)["']|^\s*import\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm

const importsOf = (path: string, text: string): Source["imports"] =>
  [...text.matchAll(importPattern)].map(([, type, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic
    const own = specifier.startsWith(".")
    const target = own ? relative(root, resolve(root, dirname(path), specifier)) : specifier
    return { target, own, typeOnly: type !== undefined }
  })

const sources: ReadonlyArray<Source> = [...levels, "deploy"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.includes("node_modules"))
    .map((name) => {
      const path = join(folder, name)
      const text = readFileSync(join(root, path), "utf8")
      return { path, text, imports: importsOf(path, text) }
    })
)

const isTest = ({ path }: Source): boolean => /\.(test|contract|fixture|child)\.ts$/.test(path)
const code = sources.filter((source) => !isTest(source))

const levelOf = (path: string): Level | undefined => levels.find((level) => path.startsWith(`${level}/`))

/** Every import of a source that `forbidden` picks out, as a sentence. */
const offences = (
  among: ReadonlyArray<Source>,
  forbidden: (source: Source, imported: Source["imports"][number]) => boolean
): ReadonlyArray<string> =>
  among.flatMap((source) =>
    source.imports
      .filter((imported) => forbidden(source, imported))
      .map(({ target }) => `${source.path} imports ${target}`)
  )

describe("the architecture", () => {
  it("sees the code it judges", () => {
    for (const level of levels)
      assert.isTrue(
        code.some(({ path }) => path.startsWith(`${level}/`)),
        level
      )
    assert.isAbove(
      code.reduce((count, { imports }) => count + imports.length, 0),
      100
    )
  })

  it("lets each level import only itself and the levels above it", () => {
    const found = offences(code, (source, { own, target }) => {
      const from = levelOf(source.path)
      const to = levelOf(target)
      return own && from !== undefined && to !== undefined && levels.indexOf(to) > levels.indexOf(from)
    })
    assert.deepStrictEqual(found, [])
  })

  it("keeps events, log and database out of learning", () => {
    const learning = code.filter(({ path }) => path.startsWith("learning/"))
    assert.deepStrictEqual(
      offences(learning, (_, { own, target }) => own && target.startsWith("schemas/")),
      []
    )
  })

  it("lets a stage know schemas, learning and what a stage is; never the log, the database or another stage", () => {
    const allowed = ["schemas/", "learning/", "platform/stream/stage.ts"]
    const stages = code.filter(({ path }) => path.startsWith("pipelines/"))
    const found = offences(stages, (source, { own, target }) => {
      const home = source.path.split("/").slice(0, 2).join("/")
      const shared = target.startsWith("pipelines/") && target.split("/").length === 2
      return own && !shared && !target.startsWith(`${home}/`) && !allowed.some((prefix) => target.startsWith(prefix))
    })
    assert.deepStrictEqual(found, [])
  })

  it("lets nothing import an app", () => {
    const others = code.filter(({ path }) => !path.startsWith("apps/"))
    assert.deepStrictEqual(
      offences(others, (_, { own, target }) => own && target.startsWith("apps/")),
      []
    )
  })

  it.each([
    "kafkajs",
    "@kafkajs/confluent-schema-registry",
    "avsc",
    "lmdb",
    "chdb",
    "@clickhouse/client",
    "@aws-sdk/client-s3",
    "@tensorflow/tfjs-backend-wasm",
    "@huggingface/tokenizers",
    "@huggingface/jinja",
    "jsonc-parser",
    "hyparquet"
  ])("imports %s in one file at most", (library) => {
    // The chaos bench counts what lies in the topics without any of the code that it judges.
    const witness = "apps/bench/chaos/raw-topics.ts"
    const importers = code.filter(
      ({ imports, path }) =>
        path !== witness && imports.some(({ target }) => target === library || target.startsWith(`${library}/`))
    )
    assert.isAtMost(importers.length, 1, importers.map(({ path }) => path).join(", "))
  })

  it("takes time, chance and the environment from outside everywhere but in apps and platform", () => {
    // TensorFlow reads its thread counts from the real environment, which must be set before its library is loaded.
    const pinning = "learning/policy/tensors/environment.ts"
    const pure = code.filter(({ path }) => /^(schemas|learning|pipelines)\//.test(path) && path !== pinning)
    const found = pure.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(Date\.now|Math\.random|process\.env|performance\.now)\b/g)].map(
        ([what]) => `${path} uses ${what}`
      )
    )
    assert.deepStrictEqual(found, [])
  })

  it("keeps files short", () => {
    const long = sources.filter(({ text }) => text.trimEnd().split("\n").length > 300).map(({ path }) => path)
    assert.deepStrictEqual(long, [])
  })

  it("has no rooms for odds and ends", () => {
    const vague = sources
      .filter(({ path }) => /(^|\/)(utils?|common|helpers?|misc)(\/|\.|-)/.test(path))
      .map(({ path }) => path)
    assert.deepStrictEqual(vague, [])
  })
})

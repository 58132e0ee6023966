/** The Dockerfiles and what they send to the builder: read as text, since there is no Docker where the tests run. */
import { spawnSync } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isPinned } from "../image.fixture.ts"

const root = join(import.meta.dirname, "../..")
const read = (path: string): string => readFileSync(join(root, path), "utf8")

/** The instructions of a Dockerfile, one text each: without comments, and with their continued lines. */
const instructionsOf = (file: string): ReadonlyArray<string> =>
  read(`deploy/docker/${file}`)
    .split("\n")
    .filter((line) => !line.trim().startsWith("#"))
    .join("\n")
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "")

const words = (instructions: ReadonlyArray<string>, name: string): ReadonlyArray<ReadonlyArray<string>> =>
  instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.split(/\s+/).slice(1))

const ignored = read(".dockerignore").trim().split("\n")
const Manifest = Schema.fromJsonString(
  Schema.Struct({ version: Schema.String, dependencies: Schema.Record(Schema.String, Schema.String) })
)
const { dependencies, version } = Schema.decodeUnknownSync(Manifest)(read("package.json"))

const known = ["FROM", "RUN", "COPY", "WORKDIR", "USER", "ENV", "VOLUME", "ENTRYPOINT", "CMD"]

describe.each(["Dockerfile", "Dockerfile.cuda"])("%s", (file) => {
  const instructions = instructionsOf(file)
  const stages = words(instructions, "FROM")
  const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith("FROM ")))

  it("has only instructions that are known", () => {
    for (const line of instructions) assert.include(known, line.split(" ")[0], line)
  })

  it("begins from images that stay the same", () => {
    for (const [image] of stages) assert.isTrue(isPinned(image), image)
    assert.isTrue(
      stages.some(([image]) => image.startsWith(`node:${dependencies.node}-`)),
      "the Node that is pinned"
    )
  })

  it("copies what is there and is sent to the builder, from stages that there are", () => {
    const named = stages.flatMap(([, , name]) => (name === undefined ? [] : [name]))
    for (const copied of words(instructions, "COPY")) {
      const from = copied.find((word) => word.startsWith("--from="))?.slice("--from=".length)
      if (from !== undefined) {
        assert.include(named, from)
        continue
      }
      for (const source of copied.slice(0, -1)) {
        assert.isTrue(existsSync(join(root, source)), source)
        assert.notInclude(ignored, source)
      }
    }
  })

  it("installs before the code comes, with all that the installation reads", () => {
    const before = instructions.slice(0, instructions.indexOf("COPY . ."))
    assert.include(before, "RUN npm ci --omit=dev")
    for (const needed of ["package.json", "package-lock.json", "deploy/install", "deploy/tensorflow"])
      assert.isTrue(
        before.slice(0, before.indexOf("RUN npm ci --omit=dev")).some((line) => line.includes(needed)),
        needed
      )
    assert.isTrue(before.some((line) => line.includes("python3-pip") && line.includes("g++")))
  })

  it("ends with what runs: no root, no compiler, SIGTERM passed on, and a proof of the native addon", () => {
    assert.include(last, "USER 1000:1000")
    assert.isFalse(last.some((line) => line.includes("g++")))
    assert.include(last, 'ENTRYPOINT ["tini", "--", "node", "/onefold/apps/cli/onefold.mjs"]')
    const proof = last.indexOf('RUN ["node", "/onefold/deploy/docker/prove.mjs"]')
    assert.isAbove(proof, last.indexOf("USER 1000:1000"))
    assert.isTrue(existsSync(join(root, "apps/cli/onefold.mjs")))
  })

  it("is named in its own head with this version", () => {
    const tags = [...read(`deploy/docker/${file}`).matchAll(/onefold(?:-cuda)?:([\d.]+)/g)].map(([, tag]) => tag)
    assert.isNotEmpty(tags)
    for (const tag of tags) assert.strictEqual(tag, version)
  })
})

describe("an image", () => {
  it("has every package that the code imports: none is one that only development has", () => {
    const code = ["schemas", "learning", "platform", "pipelines", "apps"].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|mjs)$/.test(name) && !/\.(test|contract|fixture|child|harness)\.ts$/.test(name))
        .map((name) => join(folder, name))
    )
    const imported = /^\s*(?:import|export)\s+(?!type\b)[^"'`;]*?from\s+["']([^."'][^"']*)["']/gm
    const packages = new Set(
      code.flatMap((path) =>
        [...read(path).matchAll(imported)].map(([, name]) =>
          name
            .split("/")
            .slice(0, name.startsWith("@") ? 2 : 1)
            .join("/")
        )
      )
    )
    const lacking = [...packages].filter((name) => !name.startsWith("node:") && !(name in dependencies))
    assert.deepStrictEqual(lacking, [])
    assert.isAbove(packages.size, 8)
  })

  it("is not made of secrets, of what others built, or of what was recorded", () => {
    for (const pattern of ["**/.env", "**/node_modules", ".onefold", "deploy/tensorflow/backend.json", ".git"])
      assert.include(ignored, pattern)
  })

  it("is proved by a program that says what it found", () => {
    const { status, stderr, stdout } = spawnSync(process.execPath, ["deploy/docker/prove.mjs"], {
      cwd: root,
      encoding: "utf8"
    })
    if (status === 0) assert.match(stdout, /native TensorFlow \d/)
    else assert.match(stderr, /this image has no native TensorFlow: /)
  })
})

describe("what counts as an image that stays", () => {
  it.each(["a/b:1.2.3", "a:26.7.5.10", "a:2.6.13.Final", "a:v3.7.3", `a@sha256:${"0".repeat(64)}`])(
    "%s does",
    (image) => assert.isTrue(isPinned(image))
  )

  it.each(["a", "a:latest", "a:22", "a:v3", "a:2.6.x-snapshot", "a:1.2-latest", "localhost:5000/a", "a:bookworm"])(
    "%s does not",
    (image) => assert.isFalse(isPinned(image))
  )
})

/** Runs that earlier versions recorded are read and folded again, with every hash as it was recorded. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { topics } from "../../../schemas/catalogue.ts"
import { replayed } from "./replay.ts"

const folder = fileURLToPath(new URL("recorded-runs", import.meta.url))
const versions = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/log.jsonl`))

const Line = Schema.fromJsonString(
  Schema.Struct({
    topic: Schema.String,
    partition: Schema.Int,
    offset: Schema.Int,
    key: Schema.String,
    value: Schema.String
  })
)

/** Puts the records where they lay. */
const restored = Effect.fn("restored")(function* (version: string) {
  const log = yield* EventLog
  yield* log.createTopics(topics)
  const lines = readFileSync(`${folder}/${version}/log.jsonl`, "utf8").trim().split("\n")
  for (const line of lines) {
    const { key, topic, value, ...place } = yield* Schema.decodeUnknownEffect(Line)(line)
    const bytes = Uint8Array.from(Buffer.from(value, "base64"))
    assert.deepInclude((yield* log.append([{ topic, key, value: bytes }]))[0], place)
  }
  return lines.length
})

const within = (version: string) =>
  Effect.provide(Layer.fresh(Layer.merge(layerMemory, Layer.orDie(layerLocal(`${folder}/${version}/blobs`)))))

describe("a recorded run", () => {
  it("of this kind is there", () => assert.include(versions, "0.1.0"))

  it.effect.each(versions)("of version %s is read and verified, every step of policy and critic", (version) =>
    Effect.gen(function* () {
      assert.isAbove(yield* restored(version), 100)
      const { refolded } = yield* replayed({ run: "last", to: null, verify: true })
      assert.deepInclude(refolded, { firstDifferent: null, damage: [], from: 0 })
      assert.isAbove(refolded.of, 0)
      assert.strictEqual(refolded.equal, refolded.of)
    }).pipe(within(version))
  )

  it.effect("is small enough to lie in the repository", () =>
    Effect.sync(() => {
      const files = readdirSync(`${folder}/0.1.0`, { recursive: true, withFileTypes: true }).filter((e) => e.isFile())
      const size = files.reduce((sum, { name, parentPath }) => sum + readFileSync(`${parentPath}/${name}`).length, 0)
      assert.isBelow(size, 300_000)
    })
  )
})

import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import avro from "avsc"
import { Effect, Schema } from "effect"
import { AvroRecord, type AvroType } from "../platform/log/avro-schema.ts"
import { decode, encode } from "../platform/log/codec.ts"
import { catalogue, type EventTag, eventTags, goldenFile, OnefoldEvent, schemaFile } from "./catalogue.ts"
import { EvaluationCompleted } from "./evaluation-completed.ts"
import { EvaluationSampled } from "./evaluation-sampled.ts"
import { goldenEvents } from "./golden-events.ts"
import { PolicyUpdated } from "./policy-updated.ts"
import { RolloutGenerated } from "./rollout-generated.ts"

const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(new URL(file, import.meta.url)))

const schemaOf = (tag: EventTag, version: number): AvroRecord =>
  Schema.decodeUnknownSync(Schema.fromJsonString(AvroRecord), { onExcessProperty: "ignore" })(
    new TextDecoder().decode(bytesOf(schemaFile(tag, version)))
  )

const versions = eventTags.flatMap((tag) =>
  Array.from({ length: catalogue[tag].version }, (_, i) => ({ tag, version: i + 1 }))
)
const followers = versions.filter(({ version }) => version > 1)
const newest = versions.filter(({ tag, version }) => version === catalogue[tag].version)

/** What an old version's golden bytes hold, once they are brought up to the newest version. */
const ofOldVersions: Readonly<Record<string, OnefoldEvent>> = {
  // Their schema has gained a field, which says what was always so.
  "GradientRequested v1": goldenEvents.GradientRequested,
  "GradientComputed v1": goldenEvents.GradientComputed,
  "EvaluationSampled v1": new EvaluationSampled({
    ...goldenEvents.EvaluationSampled,
    ...{ grader: "exact@1", form: null, reflects: null, wouldExecute: null }
  }),
  "EvaluationCompleted v1": new EvaluationCompleted({
    ...goldenEvents.EvaluationCompleted,
    results: goldenEvents.EvaluationCompleted.results.map((result) => ({ ...result, figures: [] }))
  }),
  "PolicyUpdated v1": new PolicyUpdated({ ...goldenEvents.PolicyUpdated, gradientNorms: [] }),
  "RolloutGenerated v1": new RolloutGenerated({ ...goldenEvents.RolloutGenerated, entropies: null })
}

const typeOf = (tag: EventTag, version: number): avro.Type =>
  avro.Type.forSchema(JSON.parse(new TextDecoder().decode(bytesOf(schemaFile(tag, version)))))

const recordsIn = (type: AvroType): ReadonlyArray<AvroRecord> => {
  if (typeof type === "string") return []
  if (!("type" in type)) return type.flatMap(recordsIn)
  if (type.type === "bytes") return []
  return type.type === "array"
    ? recordsIn(type.items)
    : [type, ...type.fields.flatMap((field) => recordsIn(field.type))]
}

describe("golden bytes", () => {
  it.each(newest)(
    "$tag v$version: given the example, then it is written as the same bytes as ever",
    ({ tag, version }) => {
      assert.deepStrictEqual(encode(goldenEvents[tag]), bytesOf(goldenFile(tag, version)))
    }
  )

  it.effect.each(versions)("$tag v$version: given the bytes, then they are read as the example", ({ tag, version }) =>
    Effect.gen(function* () {
      const event = yield* decode(bytesOf(goldenFile(tag, version)))
      const expected = version === catalogue[tag].version ? goldenEvents[tag] : ofOldVersions[`${tag} v${version}`]
      assert.deepStrictEqual(event, expected)
    })
  )

  it.effect("given an answer written before entropies were, then they are unknown and all else is kept", () =>
    Effect.gen(function* () {
      const event = yield* decode(bytesOf(goldenFile("RolloutGenerated", 1)))
      assert.strictEqual(event._tag === "RolloutGenerated" && event.entropies, null)
      assert.strictEqual(event.eventId, goldenEvents.RolloutGenerated.eventId)
    })
  )
})

describe("the Avro schemas", () => {
  it.each(versions)("$tag v$version says what each record and field is", ({ tag, version }) => {
    const record = schemaOf(tag, version)
    assert.strictEqual(record.name, tag)
    for (const { doc, fields } of recordsIn(record)) {
      assert.match(doc, /^[A-Z].*\.$/)
      for (const field of fields) assert.match(field.doc, /\S.{8,}\.$/, field.name)
    }
  })

  it.each(newest)("$tag v$version has the fields of its class, in the same order, runId first", ({ tag, version }) => {
    const fields = OnefoldEvent.members.find(({ identifier }) => identifier === tag)?.fields ?? {}
    const names = schemaOf(tag, version).fields.map(({ name }) => name)
    assert.deepStrictEqual(["_tag", ...names], Object.keys(fields))
    assert.strictEqual(names[0], "runId")
  })

  // A schema registry refuses what is not backward compatible. Onefold itself brings old events up by its upcasters.
  it.each(followers)(
    "$tag v$version reads what the version before it wrote, by Avro's rules alone",
    ({ tag, version }) => {
      const [before, now] = [typeOf(tag, version - 1), typeOf(tag, version)]
      const golden = Buffer.from(bytesOf(goldenFile(tag, version - 1))).subarray(5)
      const read: unknown = now.fromBuffer(golden, now.createResolver(before))
      assert.isTrue(now.isValid(read))
    }
  )

  it("lie in folders that hold every version and its golden bytes, and nothing else", () => {
    const expected = versions.flatMap(({ tag, version }) => [schemaFile(tag, version), goldenFile(tag, version)])
    const found = readdirSync(new URL(".", import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) => readdirSync(new URL(`${name}/`, import.meta.url)).map((file) => `${name}/${file}`))
    assert.deepStrictEqual(found.sort(), [...expected].sort())
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { decodeRecord, encodeRecord, seal, unseal } from "./record-bytes.ts"

const place = Buffer.from("050000000100000002", "hex")
const elsewhere = Buffer.from("050000000100000003", "hex")

const Content = Schema.Struct({
  key: Schema.String,
  headers: Schema.Record(Schema.String, Schema.String),
  timestamp: Schema.Finite,
  value: Schema.Uint8Array
})

/** UTF-8 has no lone surrogates: a string with one comes back with the replacement character. */
const wellFormed = (text: string): string => Buffer.from(text).toString()

describe("the bytes of a record", () => {
  it.prop("given any content, then it comes back as it was", { content: Content }, ({ content }) => {
    const headers = Object.entries(content.headers).map(([name, text]) => [wellFormed(name), wellFormed(text)])
    const expected = { ...content, key: wellFormed(content.key), headers: Object.fromEntries(headers) }
    assert.deepEqual(decodeRecord(place, encodeRecord(place, content)), expected)
  })

  it("given any flipped bit, or bytes cut off, then they are not taken for a record", () => {
    const bytes = encodeRecord(place, { key: "k", headers: { a: "b" }, timestamp: 1, value: Uint8Array.of(1, 2, 3) })
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] ^= 1 << (bit & 7)
      assert.isUndefined(decodeRecord(place, flipped), `bit ${bit}`)
    }
    for (let length = 0; length < bytes.length; length++) {
      assert.isUndefined(decodeRecord(place, bytes.subarray(0, length)))
    }
  })

  it("given a record or a small value at another place, then it is not taken for what belongs there", () => {
    const record = encodeRecord(place, { key: "k", headers: {}, timestamp: 1, value: Uint8Array.of(1) })
    assert.isUndefined(decodeRecord(elsewhere, record))
    const sealed = seal(place, Buffer.from("offset"))
    assert.strictEqual(unseal(place, sealed)?.toString(), "offset")
    assert.isUndefined(unseal(elsewhere, sealed))
  })
})

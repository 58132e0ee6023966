import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { eventTags, type OnefoldEvent } from "../../schemas/catalogue.ts"
import { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import { RunId } from "../../schemas/ids.ts"
import { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import { ScoresComputed } from "../../schemas/scores-computed.ts"
import { madeUp } from "./any-event.fixture.ts"
import { decodeResult, encode, payloadHash, runOf } from "./codec.ts"
import { EventUnwritable } from "./codec-error.ts"

const headerLength = 5
const rollout = goldenEvents.RolloutGenerated

const decoded = (bytes: Uint8Array): OnefoldEvent => {
  const result = decodeResult(bytes)
  if (result._tag === "Failure") throw result.failure
  return result.success
}

const refusal = (bytes: Uint8Array): string => {
  const result = decodeResult(bytes)
  return result._tag === "Failure" ? result.failure.reason : `read as ${result.success._tag}`
}

const complaint = (bytes: Uint8Array): string => {
  const result = decodeResult(bytes)
  return result._tag === "Failure" ? result.failure.message : `read as ${result.success._tag}`
}

const unwritable = (event: OnefoldEvent): string => {
  try {
    encode(event)
  } catch (error) {
    if (error instanceof EventUnwritable) return error.detail
    throw error
  }
  return "was written"
}

const isWellFormed = (value: unknown): boolean => {
  if (typeof value === "string") return value.isWellFormed()
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true
  return Object.values(value).every(isWellFormed)
}

describe("encode and decode", () => {
  for (const tag of eventTags)
    it.prop(
      `given any ${tag}, then it is read as it was written, unless half a character is in it`,
      [madeUp[tag]],
      ([event]) => {
        if (isWellFormed(event)) assert.deepStrictEqual(decoded(encode(event)), event)
        else assert.match(unwritable(event), /half a surrogate pair/)
      },
      { arbitrary: { runs: 150, seed: tag } }
    )

  it("given an event larger than any before, then it and the next small one are written whole", () => {
    const n = 400_000
    const numbers = Float32Array.from({ length: n }, (_, i) => i / 7)
    const tokens = Int32Array.from({ length: n }, (_, i) => i)
    const large = new RolloutGenerated({ ...rollout, tokens, logProbs: numbers, entropies: numbers })
    const before = encode(rollout)
    const kept = before.slice()
    assert.deepStrictEqual(decoded(encode(large)), large)
    assert.deepStrictEqual(encode(rollout), kept)
    assert.deepStrictEqual(before, kept)
  })

  it("given arrays that are a part of larger ones, then just that part is written", () => {
    const whole = Float32Array.of(9, -0.5, -0.25, 9)
    const part = new RolloutGenerated({
      ...rollout,
      tokens: Int32Array.of(9, 3, 4, 9).subarray(1, 3),
      logProbs: whole.subarray(1, 3),
      entropies: null
    })
    const event = decoded(encode(part))
    assert.deepStrictEqual(
      event._tag === "RolloutGenerated" && [...event.tokens, ...event.logProbs],
      [3, 4, -0.5, -0.25]
    )
  })

  it("given bytes at an odd place of a buffer that is used again, then the event keeps its own copy", () => {
    const bytes = encode(rollout)
    const buffer = Buffer.alloc(bytes.length + 3)
    buffer.set(bytes, 3)
    const event = decoded(buffer.subarray(3))
    buffer.fill(0xff)
    assert.deepStrictEqual(event, rollout)
  })
})

describe("what may not be written", () => {
  it.each([
    ["a log-prob that is no number", { logProbs: Float32Array.of(-1, Number.NaN, -1, -1, -1) }, /^logProbs holds/],
    ["an infinite entropy", { entropies: Float32Array.of(0, 0, 0, 0, Infinity) }, /^entropies holds/],
    ["an infinite log-prob first", { logProbs: Float32Array.of(-Infinity, 0, 0, 0, 0) }, /^logProbs holds/],
    ["a token id below 0", { tokens: Int32Array.of(1, 2, -1, 4, 5) }, /^tokens holds/],
    ["half an emoji", { text: "\ud83c" }, /^text holds half/],
    ["half an emoji in a cause", { causes: [{ id: "\udfaf", sha256: "0".repeat(64) }] }, /^causes\.0\.id holds half/]
  ])("given %s, then it is refused by the field's name", (_, change, reason) => {
    assert.match(unwritable(new RolloutGenerated({ ...rollout, ...change })), reason)
  })

  it.each([
    ["a loss that is no number", () => new GradientComputed({ ...goldenEvents.GradientComputed, loss: Number.NaN })],
    ["a step below 0", () => new RolloutGenerated({ ...rollout, step: -1 })],
    ["a hash cut short", () => new RolloutGenerated({ ...rollout, policyHash: "0".repeat(63) })],
    ["fewer log-probs than tokens", () => new RolloutGenerated({ ...rollout, logProbs: new Float32Array(4) })],
    ["fewer entropies than tokens", () => new RolloutGenerated({ ...rollout, entropies: new Float32Array(4) })],
    [
      "an advantage too many",
      () => new GradientComputed({ ...goldenEvents.GradientComputed, advantages: new Float32Array(4) })
    ],
    ["a value too few", () => new ScoresComputed({ ...goldenEvents.ScoresComputed, values: new Float32Array(2) })],
    [
      "a return too few",
      () => new CriticGradientComputed({ ...goldenEvents.CriticGradientComputed, returns: new Float32Array(2) })
    ],
    [
      "references for some tokens",
      () => new GradientComputed({ ...goldenEvents.GradientComputed, referenceLogProbs: new Float32Array(2) })
    ]
  ])("given %s, then there is no such event", (_, make) => {
    assert.throws(make)
  })
})

/** The bytes with some of them replaced, found by what they were. */
const patched = (bytes: Uint8Array, before: Uint8Array, after: Uint8Array): Uint8Array => {
  const at = Buffer.from(bytes).indexOf(before)
  assert.isAtLeast(at, headerLength)
  const copy = bytes.slice()
  copy.set(after, at)
  return copy
}

const float32 = (...values: ReadonlyArray<number>): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
const float64 = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer)
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"))

describe("what cannot be read", () => {
  const bytes = encode(rollout)
  const withSchema = (id: number): Uint8Array => bytes.with(3, id >> 8).with(4, id & 0xff)

  it.each([
    ["nothing", new Uint8Array(0), "truncated"],
    ["half a header", bytes.subarray(0, 4), "truncated"],
    ["another first byte", bytes.with(0, 1), "not-an-event"],
    ["JSON", ascii('{"hello":1}'), "not-an-event"],
    ["a schema id of nobody", withSchema(9901), "unknown-schema"],
    ["a schema id of no version", withSchema(300), "unknown-schema"],
    ["a version to come", withSchema(303), "newer-version"],
    ["the last version to come", withSchema(399), "newer-version"],
    ["a byte too many", Uint8Array.of(...bytes, 0), "trailing-bytes"],
    ["another event's schema", withSchema(401), "malformed"],
    ["a text that is not UTF-8", patched(bytes, ascii("step by"), ascii("step\xffby")), "malformed"],
    ["a run id of another shape", patched(bytes, ascii("golden-run"), ascii("Golden-run")), "invalid-value"],
    ["a hash that is none", patched(bytes, ascii("4444"), ascii("444g")), "invalid-value"],
    ["a stop of no kind", patched(bytes, ascii("\x06eos"), ascii("\x06EOS")), "invalid-value"],
    ["a log-prob that is no number", patched(bytes, float32(-0.25, -1.5), float32(-0.25, Number.NaN)), "invalid-value"],
    ["an infinite entropy", patched(bytes, float32(0, 0.5), float32(0, Infinity)), "invalid-value"],
    [
      "a loss that is no number",
      patched(encode(goldenEvents.GradientComputed), float64(-0.0125), float64(Number.NaN)),
      "invalid-value"
    ],
    ["a share above 1", patched(encode(goldenEvents.PolicyUpdated), float64(0.3125), float64(1.5)), "invalid-value"],
    [
      "steps below 0",
      patched(encode(goldenEvents.RunFinished), ascii("\x78\x80\x01aaaa"), ascii("\x79\x80\x01aaaa")),
      "invalid-value"
    ]
  ])("given %s, then it says why", (_, damaged, reason) => {
    assert.strictEqual(refusal(damaged), reason)
  })

  it("names the event and its version, and says what to do", () => {
    assert.match(complaint(withSchema(303)), /RolloutGenerated v3 .*up to v2.*update this one/)
  })

  it("given a branch that a union lacks, then it says where", () => {
    const entropies = Uint8Array.of(2, 40, ...float32(0, 0.5))
    assert.match(
      complaint(patched(bytes, entropies, entropies.with(0, 4))),
      /v2 \(malformed\): at byte \d+, a union has no such branch/
    )
  })

  it.each([
    [
      "more causes than there is memory",
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
      /truncated.*bytes are missing/
    ],
    ["a count below 0", [0x01, 0x00], /malformed.*one plain block/],
    ["a count without end", Array(20).fill(0xff), /malformed.*longer than 64 bits/],
    ["an empty count in two bytes", [0x80, 0x00], /malformed.*more bytes than it needs/]
  ])("given %s, then it is refused at once", (_, count, reason) => {
    const head = bytes.subarray(0, headerLength + 1 + "golden-run".length)
    const emptyCauses = new Uint8Array(1000)
    assert.match(complaint(Uint8Array.of(...head, ...count, ...emptyCauses)), reason)
  })

  it.each(eventTags)("given the first bytes of %s, however many, then it is cut short and not read", (tag) => {
    const whole = encode(goldenEvents[tag])
    for (let length = 0; length < whole.length; length++)
      assert.strictEqual(refusal(whole.subarray(0, length)), "truncated", `${length} bytes`)
  })

  it.each(eventTags)("given %s with one bit turned, then it is refused, or read as exactly those bytes", (tag) => {
    const whole = encode(goldenEvents[tag])
    let refused = 0
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = whole.with(bit >> 3, whole[bit >> 3] ^ (1 << (bit & 7)))
      const result = decodeResult(damaged)
      if (result._tag === "Success") assert.deepStrictEqual(encode(result.success), damaged, `bit ${bit}`)
      else refused++
    }
    assert.isAbove(refused, whole.length)
  })

  const anyBytes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))
  const oneOf = Schema.Literals([101, 201, 301, 302, 401, 501, 601, 701, 801, 901, 1001, 1101, 1201, 1301, 1401, 1501])
  it.prop(
    "given any bytes behind a header, then they are refused, or read as exactly those bytes",
    [oneOf, anyBytes],
    ([id, body]) => {
      const noise = Uint8Array.of(0, 0, 0, id >> 8, id & 0xff, ...body)
      const result = decodeResult(noise)
      if (result._tag === "Success") assert.deepStrictEqual(encode(result.success), noise)
    },
    { arbitrary: { runs: 2000, size: 60, seed: "noise" } }
  )
})

describe("the head of an event", () => {
  it.each(eventTags)("tells the run of %s without the rest", (tag) => {
    const { runId } = goldenEvents[tag]
    assert.strictEqual(runOf(encode(goldenEvents[tag])), runId)
    assert.strictEqual(runOf(encode(goldenEvents[tag]).subarray(0, headerLength + 1 + runId.length)), runId)
  })

  it.each([1, 2, 63, 64])("tells a run whose name has %i letters", (length) => {
    const runId = RunId.make("r".repeat(length))
    assert.strictEqual(runOf(encode(new RolloutGenerated({ ...rollout, runId }))), runId)
  })

  it.each(["golden-rub", "Golden-run", "golden-ru", "golden-runs"])(
    "tells %s apart from the run told before",
    (name) => {
      const bytes = encode(rollout)
      const renamed = Uint8Array.of(
        ...bytes.subarray(0, headerLength),
        2 * name.length,
        ...ascii(name),
        ...bytes.subarray(headerLength + 1 + "golden-run".length)
      )
      assert.strictEqual(runOf(bytes), "golden-run")
      assert.strictEqual(runOf(renamed), name === "Golden-run" ? null : name)
      assert.strictEqual(runOf(bytes), "golden-run")
    }
  )

  it("tells no run where there is no head", () => {
    const bytes = encode(rollout)
    for (let length = 0; length < headerLength + 1 + "golden-run".length; length++)
      assert.isNull(runOf(bytes.subarray(0, length)), `${length} bytes`)
    assert.isNull(runOf(bytes.with(0, 7)))
    assert.isNull(runOf(bytes.with(headerLength + 1, 0)))
  })
})

describe("payloadHash", () => {
  it("is the SHA-256 of the bytes", () => {
    assert.strictEqual(payloadHash(ascii("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  })
})

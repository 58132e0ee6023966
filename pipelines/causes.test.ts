import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { hash } from "../platform/stream/events.fixture.ts"
import { causesDigest } from "./causes.ts"

const [a, b] = [
  { id: "run/0/a", sha256: hash("a") },
  { id: "run/0/b", sha256: hash("b") }
]

describe("causesDigest", () => {
  it("given causes, then it is the SHA-256 of their ids and hashes, a line each", () => {
    const text = `${a.id} ${a.sha256}\n${b.id} ${b.sha256}\n`
    const sha256 = createHash("sha256").update(text).digest("hex")
    assert.deepStrictEqual(causesDigest("run/0/both", [a, b]), { id: "run/0/both", sha256 })
  })

  it("given another order, another id or another content, then it is another", () => {
    const digests = [[a, b], [b, a], [a], [a, { ...b, id: "run/0/c" }], [a, { ...b, sha256: hash("c") }]].map(
      (causes) => causesDigest("run/0/both", causes).sha256
    )
    assert.strictEqual(new Set(digests).size, digests.length)
  })
})

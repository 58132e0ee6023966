/** Memory that worker threads share: where a file's numbers begin in it, and when nothing is copied. */
import { assert, describe, it } from "@effect/vitest"
import { encodeParameters } from "../checkpoint/checkpoint.ts"
import { laidOut } from "../parameters.ts"
import { sharedBytes, sharedMemory } from "./shared-bytes.ts"

/** A safetensors file of one tensor; the length of its name moves the place of the numbers. */
const fileOf = (size: number, name: string): Uint8Array =>
  encodeParameters(
    laidOut([[name, [size]]]),
    Float32Array.from({ length: size }, (_, i) => i)
  )

const numbersBegin = (bytes: Uint8Array): number =>
  8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))

describe("sharedBytes", () => {
  it.each([1, 100, 2 ** 20 + 3])(
    "given a file of %d numbers, then they are shared, the same, and begin at 64s",
    (size) => {
      for (let length = 1; length <= 70; length += size > 1000 ? 23 : 1) {
        const file = fileOf(size, "x".repeat(length))
        const shared = sharedBytes(file)
        assert.isTrue(shared.buffer instanceof SharedArrayBuffer)
        assert.strictEqual(Buffer.compare(shared, file), 0)
        assert.strictEqual((shared.byteOffset + numbersBegin(shared)) % 64, 0)
      }
    }
  )

  it("given bytes that are shared already, then these themselves", () => {
    const shared = sharedBytes(fileOf(10, "x"))
    assert.strictEqual(sharedBytes(shared), shared)
    const made = sharedMemory(200, 99)
    assert.strictEqual(sharedBytes(made), made)
    assert.strictEqual((made.byteOffset + 99) % 64, 0)
  })

  it("given a stretch of a larger buffer, then only that", () => {
    const file = fileOf(3, "x")
    const around = new Uint8Array(file.length + 20).fill(7)
    around.set(file, 11)
    assert.strictEqual(Buffer.compare(sharedBytes(around.subarray(11, 11 + file.length)), file), 0)
  })

  it.each([0, 1, 7, 8])("given %d bytes, which are no file, then these bytes", (length) => {
    const bytes = new Uint8Array(length).fill(255)
    assert.deepStrictEqual([...sharedBytes(bytes)], [...bytes])
  })
})

/**
 * ByteSink: bytes that are appended one after the other, as ClickHouse's binary formats want them (little-endian).
 */

/** Strings up to this length are tried as ASCII, byte by byte, before the encoder is asked. */
const shortText = 48

export class ByteSink {
  #bytes = Buffer.allocUnsafe(256)
  #length = 0

  /** Valid until the next write. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra
    if (needed <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }

  /** LEB128, for a whole number below 2^53. */
  varint(value: number): void {
    this.#reserve(10)
    let rest = value
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#bytes[this.#length++] = rest
  }

  uint32(value: number): void {
    this.#reserve(4)
    this.#length = this.#bytes.writeUInt32LE(value, this.#length)
  }

  /** 64 bits, for a whole number from 0 to 2^53. */
  uint64(value: number): void {
    this.uint32(value % 2 ** 32)
    this.uint32(Math.floor(value / 2 ** 32))
  }

  /** Length in bytes, then UTF-8. Every code point survives, also NUL. */
  text(value: string): void {
    if (value.length <= shortText && this.#ascii(value)) return
    const length = Buffer.byteLength(value)
    this.varint(length)
    this.#reserve(length)
    this.#bytes.write(value, this.#length)
    this.#length += length
  }

  #ascii(value: string): boolean {
    const { length } = value
    this.#reserve(length + 1)
    const start = this.#length + 1
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      if (code > 127) return false
      this.#bytes[start + i] = code
    }
    this.#bytes[this.#length] = length
    this.#length = start + length
    return true
  }
}

/**
 * The columns of a block, in ClickHouse's Native format: values in, bytes out.
 *
 * A column is filled value by value, or in runs (`repeat`), because one event often gives many rows that share most of
 * their values. The layouts are those of ClickHouse's serializations (docs: "Native and binary format spec").
 */
import { ByteSink } from "./byte-sink.ts"

export interface Column<A> {
  /** ClickHouse's name for the type of the values. */
  readonly type: string
  readonly push: (value: A) => void
  /** Pushes one value many times. */
  readonly repeat: (value: A, times: number) => void
  /** The bytes of all values, without the type; valid until the next push. */
  readonly bytes: () => ReadonlyArray<Uint8Array>
}

type NumberArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array

/** Numbers of one width, as an array that grows. */
class Numbers<T extends NumberArray> {
  readonly #make: (length: number) => T
  #values: T
  length = 0

  constructor(make: (length: number) => T) {
    this.#make = make
    this.#values = make(64)
  }

  /** The numbers as they lie in memory, which must be little-endian. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#values.buffer, 0, this.length * this.#values.BYTES_PER_ELEMENT)
  }

  reserve(extra: number): void {
    const needed = this.length + extra
    if (needed <= this.#values.length) return
    const grown = this.#make(Math.max(needed, this.#values.length * 2))
    grown.set(this.#values.subarray(0, this.length))
    this.#values = grown
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.reserve(1)
    this.#values[this.length++] = value
  }

  repeat(value: number, times: number): void {
    this.reserve(times)
    this.#values.fill(value, this.length, this.length + times)
    this.length += times
  }

  extend(values: NumberArray): void {
    this.reserve(values.length)
    this.#values.set(values, this.length)
    this.length += values.length
  }

  /** Appends the last `width` numbers again, so that they stand there `times` times. */
  again(width: number, times: number): void {
    const end = this.length + width * (times - 1)
    const first = this.length - width
    this.reserve(end - this.length)
    while (this.length < end) {
      const count = Math.min(this.length - first, end - this.length)
      this.#values.copyWithin(this.length, first, first + count)
      this.length += count
    }
  }
}

let counted = new Uint32Array(0)

/** 0, 1, … count - 1: made once, then copied. */
const firstNumbers = (count: number): Uint32Array => {
  if (counted.length < count) counted = Uint32Array.from({ length: 2 * count }, (_, i) => i)
  return counted.subarray(0, count)
}

/** Numbers as they lie in memory. */
export class NumberColumn implements Column<number> {
  readonly type: string
  readonly #numbers: Numbers<NumberArray>

  constructor(type: string, make: (length: number) => NumberArray) {
    this.type = type
    this.#numbers = new Numbers(make)
  }

  push(value: number): void {
    this.#numbers.push(value)
  }

  repeat(value: number, times: number): void {
    this.#numbers.repeat(value, times)
  }

  extend(values: NumberArray): void {
    this.#numbers.extend(values)
  }

  /** Pushes 0, 1, … count - 1. */
  count(count: number): void {
    this.#numbers.extend(firstNumbers(count))
  }

  bytes(): ReadonlyArray<Uint8Array> {
    return [this.#numbers.bytes]
  }
}

/** Whole numbers from 0 to 2^53 in 64 bits: offsets, and milliseconds since 1970. */
export class WideColumn implements Column<number> {
  readonly type: string
  readonly #halves = new Numbers((length) => new Uint32Array(length))

  constructor(type: string) {
    this.type = type
  }

  push(value: number): void {
    this.#halves.push(value % 2 ** 32)
    this.#halves.push(Math.floor(value / 2 ** 32))
  }

  repeat(value: number, times: number): void {
    if (times === 0) return
    this.push(value)
    this.#halves.again(2, times)
  }

  bytes(): ReadonlyArray<Uint8Array> {
    return [this.#halves.bytes]
  }
}

export class TextColumn implements Column<string> {
  readonly type = "String"
  readonly #texts = new ByteSink()

  push(value: string): void {
    this.#texts.text(value)
  }

  repeat(value: string, times: number): void {
    for (let i = 0; i < times; i++) this.#texts.text(value)
  }

  bytes(): ReadonlyArray<Uint8Array> {
    return [this.#texts.bytes]
  }
}

/** What a LowCardinality column announces: 32-bit indexes (2) into keys that come with the block (1 << 9). */
const indexesWithOwnKeys = 2 + 2 ** 9
const lowCardinalityVersion = 1

/** Texts of which few differ: each once, and an index for each row. */
export class WordColumn implements Column<string> {
  readonly type = "LowCardinality(String)"
  readonly #indexes = new Map<string, number>()
  readonly #words = new ByteSink()
  readonly #rows = new Numbers((length) => new Uint32Array(length))

  /** The index that stands for a word in this block. */
  indexOf(word: string): number {
    const known = this.#indexes.get(word)
    if (known !== undefined) return known
    const index = this.#indexes.size
    this.#indexes.set(word, index)
    this.#words.text(word)
    return index
  }

  push(value: string): void {
    this.#rows.push(this.indexOf(value))
  }

  /** Pushes the words that indexes stand for. */
  extend(indexes: Uint32Array): void {
    this.#rows.extend(indexes)
  }

  repeat(value: string, times: number): void {
    this.#rows.repeat(this.indexOf(value), times)
  }

  bytes(): ReadonlyArray<Uint8Array> {
    const head = new ByteSink()
    for (const number of [lowCardinalityVersion, indexesWithOwnKeys, this.#indexes.size]) head.uint64(number)
    const count = new ByteSink()
    count.uint64(this.#rows.length)
    return [head.bytes, this.#words.bytes, count.bytes, this.#rows.bytes]
  }
}

/** A column in which a value may be unknown. */
export class NullableColumn<A, Inner extends Column<A>> implements Column<A | null> {
  readonly type: string
  readonly #inner: Inner
  readonly #filler: A
  readonly #isNull = new Numbers((length) => new Uint8Array(length))

  constructor(inner: Inner, filler: A) {
    this.type = `Nullable(${inner.type})`
    this.#inner = inner
    this.#filler = filler
  }

  push(value: A | null): void {
    this.repeat(value, 1)
  }

  repeat(value: A | null, times: number): void {
    this.#isNull.repeat(value === null ? 1 : 0, times)
    this.#inner.repeat(value ?? this.#filler, times)
  }

  /** Fills through the inner column, `count` values that are all known. */
  known(count: number, fill: (inner: Inner) => void): void {
    this.#isNull.repeat(0, count)
    fill(this.#inner)
  }

  bytes(): ReadonlyArray<Uint8Array> {
    return [this.#isNull.bytes, ...this.#inner.bytes()]
  }
}

/** Lists of values: where each ends, and all their values one after the other. */
export class ListColumn<A> implements Column<ReadonlyArray<A>> {
  readonly type: string
  readonly #inner: Column<A>
  readonly #ends = new WideColumn("UInt64")
  #end = 0

  constructor(inner: Column<A>) {
    this.type = `Array(${inner.type})`
    this.#inner = inner
  }

  push(values: ReadonlyArray<A>): void {
    for (const value of values) this.#inner.push(value)
    this.#end += values.length
    this.#ends.push(this.#end)
  }

  repeat(values: ReadonlyArray<A>, times: number): void {
    for (let i = 0; i < times; i++) this.push(values)
  }

  bytes(): ReadonlyArray<Uint8Array> {
    return [...this.#ends.bytes(), ...this.#inner.bytes()]
  }
}

export const text = (): TextColumn => new TextColumn()
export const word = (): WordColumn => new WordColumn()
export const flag = (): NumberColumn => new NumberColumn("Bool", (length) => new Uint8Array(length))
export const maybeFlag = (): NullableColumn<number, NumberColumn> => new NullableColumn(flag(), 0)
export const uint32 = (): NumberColumn => new NumberColumn("UInt32", (length) => new Uint32Array(length))
export const float32 = (): NumberColumn => new NumberColumn("Float32", (length) => new Float32Array(length))
export const float64 = (): NumberColumn => new NumberColumn("Float64", (length) => new Float64Array(length))
export const uint64 = (): WideColumn => new WideColumn("UInt64")
export const instant = (): WideColumn => new WideColumn("DateTime64(3, 'UTC')")
export const maybeText = (): NullableColumn<string, TextColumn> => new NullableColumn(text(), "")
export const texts = (): ListColumn<string> => new ListColumn(text())
export const uint32s = (): ListColumn<number> => new ListColumn(uint32())
export const maybeUint32 = (): NullableColumn<number, NumberColumn> => new NullableColumn(uint32(), 0)
export const maybeUint64 = (): NullableColumn<number, WideColumn> => new NullableColumn(uint64(), 0)
export const maybeFloat32 = (): NullableColumn<number, NumberColumn> => new NullableColumn(float32(), 0)
export const maybeFloat64 = (): NullableColumn<number, NumberColumn> => new NullableColumn(float64(), 0)

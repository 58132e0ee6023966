/**
 * For the tests: a parquet file of columns of text, as plain as the format allows: one row group, one page a column, not
 * compressed, nothing nested, nothing missing.
 */

const compact = { i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const
type Written = readonly [type: number, bytes: Buffer]

const varint = (value: number): Buffer => {
  const bytes: Array<number> = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) + 128)
  }
}

const i32 = (value: number): Written => [compact.i32, varint(2 * value)]
const i64 = (value: number): Written => [compact.i64, varint(2 * value)]
const binary = (text: string): Written => [compact.binary, Buffer.concat([varint(text.length), Buffer.from(text)])]
const list = (values: ReadonlyArray<Written>): Written => [
  compact.list,
  Buffer.concat([Buffer.from([values.length * 16 + values[0][0]]), ...values.map(([, bytes]) => bytes)])
]
/** Thrift's compact form of a struct, its fields by number. */
const struct = (fields: Readonly<Record<number, Written>>): Written => {
  let before = 0
  const written = Object.entries(fields).map(([number, [type, bytes]]) => {
    const header = Buffer.from([(Number(number) - before) * 16 + type])
    before = Number(number)
    return Buffer.concat([header, bytes])
  })
  return [compact.struct, Buffer.concat([...written, Buffer.from([0])])]
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

const byteArray = 6
const pageOf = (values: ReadonlyArray<Buffer>): Buffer => {
  const data = Buffer.concat(values.flatMap((value) => [uint32(value.length), value]))
  const inner = struct({ 1: i32(values.length), 2: i32(0), 3: i32(3), 4: i32(3) })
  const [, header] = struct({ 1: i32(0), 2: i32(data.length), 3: i32(data.length), 5: inner })
  return Buffer.concat([header, data])
}

/** The bytes of a file that has these columns, all equally long, fewer than 15. */
export const parquetOf = (columns: Readonly<Record<string, ReadonlyArray<string | Uint8Array>>>): Buffer => {
  const names = Object.keys(columns)
  const rows = columns[names[0]].length
  const pages = names.map((name) => pageOf(columns[name].map((value) => Buffer.from(value))))
  let offset = 4
  const chunks = names.map((name, index) => {
    const begin = offset
    const size = pages[index].length
    offset += size
    const said = { 1: i32(byteArray), 2: list([i32(0)]), 3: list([binary(name)]), 4: i32(0), 5: i64(rows) }
    return struct({ 2: i64(begin), 3: struct({ ...said, 6: i64(size), 7: i64(size), 9: i64(begin) }) })
  })
  const schema = [
    struct({ 4: binary("schema"), 5: i32(names.length) }),
    ...names.map((name) => struct({ 1: i32(byteArray), 3: i32(0), 4: binary(name), 6: i32(0) }))
  ]
  const group = struct({ 1: list(chunks), 2: i64(offset - 4), 3: i64(rows) })
  const [, footer] = struct({ 1: i32(1), 2: list(schema), 3: i64(rows), 4: list([group]) })
  const magic = Buffer.from("PAR1")
  return Buffer.concat([magic, ...pages, footer, uint32(footer.length), magic])
}

/**
 * A look at an lmdb data file before lmdb sees it. The library maps the file into memory and ends the whole process
 * (no error, a signal) when it cannot open it, when its first pages are damaged or when it is shorter than they say.
 *
 * Layout (lmdb data format 2, little-endian): two pages begin with a header of 24 bytes and a "meta", with a third meta
 * in the middle of the first page. See MDB_meta and MDB_db in lmdb's mdb.c.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs"
import { join } from "node:path"

export const dataFile = (folder: string): string => join(folder, "data.mdb")
export const lockFile = (folder: string): string => join(folder, "lock.mdb")

const magic = 0xbeefc0de
const dataVersion = 2
const metaPageFlag = 0x08
const noPage = 0xffff_ffff_ffff_ffffn

interface Meta {
  readonly pageSize: number
  readonly lastPage: bigint
}

/** What is wrong with the meta whose page header begins at `at`, or its contents. */
const readMeta = (bytes: Buffer, at: number, pageSize: number | undefined): Meta | string => {
  const where = `at byte ${at}`
  if (bytes.length < at + 176) return "the file is shorter than its first pages"
  if (bytes.readUInt32LE(at + 24) !== magic) return `the mark of an lmdb file is missing ${where}`
  if ((bytes.readUInt32LE(at + 28) & 0xffff) !== dataVersion) return `not lmdb data format ${dataVersion} ${where}`
  const size = bytes.readUInt32LE(at + 48)
  const lastPage = bytes.readBigUInt64LE(at + 144)
  const roots = [bytes.readBigUInt64LE(at + 88), bytes.readBigUInt64LE(at + 136)]
  if (size < 512 || size > 65536 || (size & (size - 1)) !== 0 || size !== (pageSize ?? size)) {
    return `a page size of ${size} ${where}`
  }
  if (lastPage > 2n ** 40n || roots.some((root) => root !== noPage && root > lastPage))
    return `an impossible page ${where}`
  return { pageSize: size, lastPage }
}

const metasOf = (bytes: Buffer): ReadonlyArray<Meta> | string => {
  if (bytes.length >= 20 && (bytes.readUInt16LE(18) & metaPageFlag) === 0) return "the first page is no first page"
  const first = readMeta(bytes, 0, undefined)
  if (typeof first === "string") return first
  const metas = [first]
  for (const at of [first.pageSize >> 1, first.pageSize]) {
    if (at !== first.pageSize && bytes.readUInt32LE(at + 24) === 0) continue
    const meta = readMeta(bytes, at, first.pageSize)
    if (typeof meta === "string") return meta
    metas.push(meta)
  }
  return metas
}

/**
 * Says what is wrong with the first pages of a data file, or undefined. A file that ends early (it may: lmdb leaves free
 * pages at the end unwritten) is made as long as they say, so that reading what is missing is an error and not a signal.
 * Throws what the file system throws; a missing or empty file is fine.
 */
export const findDamage = (folder: string): string | undefined => {
  const file = openSync(dataFile(folder), "a+")
  try {
    const { size } = fstatSync(file)
    if (size === 0) return undefined
    const bytes = Buffer.alloc(Math.min(size, 2 * 65536))
    readSync(file, bytes, 0, bytes.length, 0)
    const metas = metasOf(bytes)
    if (typeof metas === "string") return metas
    const needed = Math.max(...metas.map((meta) => (Number(meta.lastPage) + 1) * meta.pageSize))
    if (size < needed) lengthen(folder, needed)
    return undefined
  } finally {
    closeSync(file)
  }
}

const lengthen = (folder: string, length: number): void => {
  const file = openSync(dataFile(folder), "r+")
  try {
    writeSync(file, Buffer.alloc(1), 0, 1, length - 1)
  } finally {
    closeSync(file)
  }
}

/**
 * EventLogLmdb: a durable log in a folder, for one process. The embedded default.
 *
 *   kept        a write that has returned is on the disk (fdatasync, off the main thread): it survives kill -9 and a power
 *               cut, as far as the disk keeps what it says is kept. So a write takes as long as the disk needs for that
 *   atomic      the records and group offsets of one write are one lmdb transaction
 *   one process a second one is refused ("locked", with the process number of the first); if the first died, the next
 *               takes over. Each opening raises an epoch that every write checks, so that two can never write
 *   checked     every record carries a checksum of its bytes and its place, looked at whenever it is read ("corrupt")
 *   fast        writes that wait together share a transaction; nothing polls
 *
 * What lies where in the file: lmdb-keys.ts.
 */
import { closeSync, mkdirSync, openSync } from "node:fs"
import { Effect, Layer } from "effect"
import { open, type RootDatabase } from "lmdb"
import { EventLog, type LogError, type LogRecord, type Position, type TopicSpec } from "./event-log.ts"
import { disown, own, ownerOf } from "./folder-owner.ts"
import { GroupCommit } from "./group-commit.ts"
import { nameOf, type Place } from "./groups.ts"
import { type GroupOffset, inProcess, type Placed, type Store } from "./in-process.ts"
import { faultOf, freeBytes, logError } from "./lmdb-fault.ts"
import { findDamage, lockFile } from "./lmdb-file.ts"
import { endKey, epochKey, formatKey, groupKey, recordKey, topicKey, u32s, u64 } from "./lmdb-keys.ts"
import { decodeRecord, encodeRecord, seal, unseal } from "./record-bytes.ts"

const format = 1

/** A read stops early once it has this many bytes. */
const readBytes = 8 * 1024 * 1024

/** Room that must be left on the disk beside what is written: lmdb copies the pages it changes. */
const spareBytes = 1024 * 1024

const options = {
  noSubdir: false,
  keyEncoding: "binary",
  encoding: "binary",
  // The epoch is a version that the write thread checks; versions cost 8 bytes an entry.
  useVersions: true,
  // A write is its own transaction at once, instead of waiting for the event loop's turn to end.
  eventTurnBatching: false
} as const

type Db = RootDatabase<Buffer, Buffer>
type Entry = readonly [key: Buffer, value: Buffer]

interface Topic {
  readonly number: number
  /** The offset of the next record, by partition. */
  readonly ends: Array<number>
}

interface Write {
  readonly drafts: ReadonlyArray<Placed>
  readonly offsets: ReadonlyArray<GroupOffset>
}

const offsetName = (group: string, place: Place): string => `${nameOf(place)} ${group}`

class LmdbStore implements Store {
  readonly place: string
  readonly #db: Db
  readonly #epoch: number
  readonly #topics = new Map<string, Topic>()
  readonly #offsets = new Map<string, number>()
  readonly #writes = new GroupCommit((writes: ReadonlyArray<Write>) => this.#commit(writes))

  constructor(folder: string, db: Db, epoch: number) {
    this.place = folder
    this.#db = db
    this.#epoch = epoch
    this.#load()
  }

  /** Entries of one kind, their values checked. */
  *#entries(kind: number): Iterable<Entry> {
    for (const { key, value } of this.#db.getRange({ start: Buffer.of(kind), end: Buffer.of(kind + 1) })) {
      const content = unseal(key, value)
      if (content === undefined) {
        throw logError("corrupt", this.place, `the entry ${key.toString("hex")} is not what was written`)
      }
      yield [key, content]
    }
  }

  #load(): void {
    const names = new Map<number, string>()
    for (const [key, value] of this.#entries(2)) {
      const name = key.toString("utf8", 1)
      const number = value.readUInt32BE(0)
      names.set(number, name)
      this.#topics.set(name, { number, ends: Array.from({ length: value.readUInt32BE(4) }, () => 0) })
    }
    const placeOf = (key: Buffer): Place => ({
      topic: names.get(key.readUInt32BE(1)) ?? "",
      partition: key.readUInt32BE(5)
    })
    for (const [key, value] of this.#entries(3)) {
      this.#offsets.set(offsetName(key.toString("utf8", 9), placeOf(key)), Number(value.readBigUInt64BE()))
    }
    for (const [key, value] of this.#entries(4)) {
      const { partition, topic } = placeOf(key)
      this.#topicOf(topic).ends[partition] = Number(value.readBigUInt64BE())
    }
  }

  #topicOf(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic === undefined) throw logError("unknown-topic", this.place, `there is no topic ${name}`)
    return topic
  }

  /** Puts all entries in one transaction, unless another process has taken the folder over. */
  #put(entries: ReadonlyArray<Entry>): Effect.Effect<void, LogError> {
    return Effect.tryPromise({
      try: async () => {
        const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0)
        if (freeBytes(this.place) < bytes + spareBytes) {
          throw logError("full", this.place, `no room for ${bytes} bytes and the ${spareBytes} that must stay free`)
        }
        const isOurs = await this.#transact(entries)
        if (!isOurs) throw logError("locked", this.place, `process ${ownerOf(this.place)} has taken the folder over`)
      },
      catch: (cause) => faultOf(this.place, cause)
    })
  }

  async #transact(entries: ReadonlyArray<Entry>): Promise<boolean> {
    try {
      return await this.#db.ifVersion(epochKey, this.#epoch, () => {
        for (const [key, value] of entries) void this.#db.put(key, value)
      })
    } catch (cause) {
      // The library rejects with "commit failed", and with the cause of it in a second promise.
      if (cause instanceof Error && "commitError" in cause) await cause.commitError
      throw cause
    }
  }

  #commit(writes: ReadonlyArray<Write>): Effect.Effect<ReadonlyArray<ReadonlyArray<Position>>, LogError> {
    return Effect.suspend(() => {
      const ends = new Map<string, Position>()
      const records: Array<Entry> = []
      const positions = writes.map(({ drafts }) =>
        drafts.map((draft) => {
          const { headers = {}, partition, topic } = draft
          const { number, ends: committed } = this.#topicOf(topic)
          const offset = ends.get(nameOf(draft))?.offset ?? committed[partition]
          const key = recordKey(number, partition, offset)
          records.push([key, encodeRecord(key, { ...draft, headers })])
          ends.set(nameOf(draft), { topic, partition, offset: offset + 1 })
          return { topic, partition, offset }
        })
      )
      const offsets = writes.flatMap((write) => write.offsets)
      const marks = [...ends.values()].map(
        (end) => [endKey(this.#topicOf(end.topic).number, end.partition), end] as const
      )
      const moves = offsets.map(
        (move) => [groupKey(this.#topicOf(move.topic).number, move.partition, move.group), move] as const
      )
      const small = [...marks, ...moves].map(([key, { offset }]): Entry => [key, seal(key, u64(offset))])
      return Effect.map(this.#put([...records, ...small]), () => {
        for (const end of ends.values()) this.#topicOf(end.topic).ends[end.partition] = end.offset
        for (const move of offsets) this.#offsets.set(offsetName(move.group, move), move.offset)
        return positions
      })
    })
  }

  partitions(topic: string): number | undefined {
    return this.#topics.get(topic)?.ends.length
  }

  add(specs: ReadonlyArray<TopicSpec>): Effect.Effect<void, LogError> {
    const added = specs.map(({ name, partitions }, index) => ({ name, partitions, number: this.#topics.size + index }))
    const entries = added.map(({ name, number, partitions }): Entry => {
      const key = topicKey(name)
      return [key, seal(key, u32s(number, partitions))]
    })
    return Effect.map(this.#put(entries), () => {
      for (const { name, number, partitions } of added) {
        this.#topics.set(name, { number, ends: Array.from({ length: partitions }, () => 0) })
      }
    })
  }

  write(drafts: ReadonlyArray<Placed>, offsets: ReadonlyArray<GroupOffset>) {
    return this.#writes.submit({ drafts, offsets })
  }

  records(place: Place, from: number, limit: number): Effect.Effect<ReadonlyArray<LogRecord>, LogError> {
    return Effect.try({
      try: () => {
        const { ends, number } = this.#topicOf(place.topic)
        const records: Array<LogRecord> = []
        const end = Math.min(from + limit, ends[place.partition])
        for (let offset = from, bytes = 0; offset < end && bytes < readBytes; offset++) {
          const key = recordKey(number, place.partition, offset)
          const stored = this.#db.get(key)
          const content = stored === undefined ? undefined : decodeRecord(key, stored)
          if (stored === undefined || content === undefined) {
            // What lies before it can be read; the next reading begins with it.
            if (records.length > 0) return records
            const where = `${this.place}, topic ${place.topic}, partition ${place.partition}, offset ${offset}`
            throw logError("corrupt", where, stored === undefined ? "the record is missing" : "its checksum is wrong")
          }
          bytes += stored.length
          records.push({ topic: place.topic, partition: place.partition, offset, ...content })
        }
        return records
      },
      catch: (cause) => faultOf(this.place, cause)
    })
  }

  end({ partition, topic }: Place): number {
    return this.#topics.get(topic)?.ends[partition] ?? 0
  }

  committed(group: string, place: Place): number | undefined {
    return this.#offsets.get(offsetName(group, place))
  }
}

/** Raises the epoch, so that whoever had the folder before can write no more. Returns it. */
const claim = (folder: string, db: Db): number =>
  db.transactionSync(() => {
    const epoch = (db.getEntry(epochKey)?.version ?? 0) + 1
    const stored = db.get(formatKey)
    const found = stored === undefined ? undefined : unseal(formatKey, stored)?.readUInt32BE(0)
    if (found === undefined && (stored !== undefined || epoch > 1 || [...db.getKeys({ limit: 1 })].length > 0)) {
      throw logError("corrupt", folder, "the file does not say which format it has")
    }
    if (found !== undefined && found > format) {
      throw logError("newer-version", folder, `the log has format ${found}, and this version knows ${format}`)
    }
    if (found === undefined) db.put(formatKey, seal(formatKey, u32s(format)))
    db.put(epochKey, Buffer.of(0), epoch)
    return epoch
  })

/** Takes the folder and opens the log in it; throws a LogError, or what lmdb and the file system throw. */
const take = (folder: string) => {
  mkdirSync(folder, { recursive: true })
  const owner = ownerOf(folder)
  if (owner !== undefined) throw logError("locked", folder, `process ${owner} has it open`)
  if (freeBytes(folder) < spareBytes) throw logError("full", folder, `less than ${spareBytes} bytes are free`)
  own(folder)
  try {
    closeSync(openSync(lockFile(folder), "a+"))
    const damage = findDamage(folder)
    if (damage !== undefined) throw logError("corrupt", folder, `the data file is damaged: ${damage}`)
    const db: Db = open({ ...options, path: folder })
    return { db, store: storeOf(folder, db) }
  } catch (cause) {
    disown(folder)
    throw cause
  }
}

const storeOf = (folder: string, db: Db): LmdbStore => {
  try {
    const store = new LmdbStore(folder, db, claim(folder, db))
    const owner = ownerOf(folder)
    if (owner !== process.pid) throw logError("locked", folder, `process ${owner} has it open`)
    return store
  } catch (cause) {
    void db.close()
    throw cause
  }
}

/** The log in a folder, which is made if it is missing. Only one process at a time. */
export const layerLmdb = (folder: string): Layer.Layer<EventLog, LogError> =>
  Layer.effect(
    EventLog,
    Effect.acquireRelease(Effect.try({ try: () => take(folder), catch: (cause) => faultOf(folder, cause) }), ({ db }) =>
      Effect.promise(async () => {
        await db.close()
        disown(folder)
      })
    ).pipe(Effect.map(({ store }) => inProcess(store)))
  )

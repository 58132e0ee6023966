import { assert, describe, it } from "@effect/vitest"
import type { LogRecord } from "./event-log.ts"
import { type Message, readableOf } from "./kafka-fetch.ts"

const place = { topic: "events", partition: 2 }

const record = (offset: number, producerId: string, inTransaction: boolean): Message => ({
  offset: `${offset}`,
  timestamp: "7",
  key: Buffer.from("key"),
  value: Buffer.from(`${offset}`),
  headers: { stage: Buffer.from("verify"), twice: [Buffer.from("first"), Buffer.from("second")] },
  isControlRecord: false,
  batchContext: { producerId, inTransaction }
})

const marker = (offset: number, producerId: string, isCommit: boolean): Message => ({
  ...record(offset, producerId, true),
  key: Buffer.from([0, 0, 0, isCommit ? 1 : 0]),
  isControlRecord: true
})

const answer = (messages: ReadonlyArray<Message>, aborted: ReadonlyArray<readonly [string, number]> = []) => ({
  partition: place.partition,
  highWatermark: "100",
  abortedTransactions: aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset: `${firstOffset}` })),
  messages
})

const offsetsOf = (records: ReadonlyArray<LogRecord>): ReadonlyArray<number> => records.map((record) => record.offset)

describe("what a fetch shows", () => {
  it("given plain records, then all of them, as they were written", () => {
    const { end, next, records } = readableOf(place, 4, answer([record(4, "-1", false)]))
    assert.deepEqual([end, next], [100, 5])
    const value = new TextEncoder().encode("4")
    const headers = { stage: "verify", twice: "first" }
    assert.deepEqual(records, [{ ...place, offset: 4, key: "key", timestamp: 7, headers, value }])
  })

  it("given a batch that begins before the offset asked for, then what lies before is left out", () => {
    const fetched = readableOf(place, 5, answer([4, 5, 6].map((offset) => record(offset, "-1", false))))
    assert.deepEqual(offsetsOf(fetched.records), [5, 6])
  })

  it("given a commit marker at the end, then the next fetch begins behind it", () => {
    const fetched = readableOf(place, 0, answer([record(0, "9", true), marker(1, "9", true)]))
    assert.deepEqual([offsetsOf(fetched.records), fetched.next], [[0], 2])
  })

  it("given only a marker, then nothing is shown and the next fetch begins behind it", () => {
    const fetched = readableOf(place, 1, answer([marker(1, "9", true)]))
    assert.deepEqual([offsetsOf(fetched.records), fetched.next], [[], 2])
  })

  it("given nothing, then the next fetch begins at the same place", () => {
    assert.strictEqual(readableOf(place, 7, { ...answer([]), abortedTransactions: null }).next, 7)
  })

  it("given an aborted transaction among others, then only its records are left out, up to its marker", () => {
    const messages = [
      record(0, "1", true),
      record(1, "2", true),
      record(2, "1", false),
      record(3, "3", true),
      marker(4, "3", true),
      marker(5, "1", false),
      record(6, "1", true),
      marker(7, "2", true),
      marker(8, "1", true)
    ]
    assert.deepEqual(offsetsOf(readableOf(place, 0, answer(messages, [["1", 0]])).records), [1, 2, 3, 6])
  })

  it("given two aborted transactions of one producer, named in any order, then both are left out", () => {
    const messages = [
      record(0, "1", true),
      marker(1, "1", false),
      record(2, "1", true),
      marker(3, "1", true),
      record(4, "1", true),
      marker(5, "1", false)
    ]
    const aborted = [
      ["1", 4],
      ["1", 0]
    ] as const
    assert.deepEqual(offsetsOf(readableOf(place, 0, answer(messages, aborted)).records), [2])
  })
})
